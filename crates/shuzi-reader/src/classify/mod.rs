//! What each segment may be: crops for the networks, and what size and place add to what
//! these say.

pub(crate) mod bigram;
pub(crate) mod crop;
pub(crate) mod segment_model;
