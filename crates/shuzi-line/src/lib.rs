//! What a text line is to a network: the signs it is read as ([`Symbol`]) and the image
//! that is read ([`LineImage`]). Made lines to learn from and real lines to read go through
//! this one crate, so that both look alike.

mod image;
mod normalize;
mod symbol;

pub use image::{HEIGHT, LineError, LineImage, MAX_WIDTH, MIN_WIDTH, Window};
pub use normalize::{Normalization, Polarity};
pub use symbol::{BLANK, CLASSES, Symbol};
