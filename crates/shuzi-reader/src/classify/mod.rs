//! What each hypothesis may be: crops for the networks, what these say, and what size and
//! place add to it.

mod bigram;
pub mod crop;
pub mod posterior;
pub mod segment_model;
