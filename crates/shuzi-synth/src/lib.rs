//! Made handwriting with its ground truth, for training and measuring a reader.
//!
//! | module | room for |
//! |---|---|
//! | [`handwriting`] | lines of digits by one writer each, which say whose ink a pixel is |
//! | [`strings`] | pictures of whole numbers, and of none, and folders of them |
//! | [`Writers`] | pages of several kinds by the digits of several data sets |
//! | [`GroundTruth`] | what a part of a page shows |
//!
//! Digits are taken from a [`shuzi_data::Dataset`]. Everything random derives from a
//! seed: the same seed and index give the same picture. Nothing here reads a picture.
//!
//! # Example
//!
//! ```
//! use shuzi_data::{ClassScheme, Dataset, idx::{Images, Labels}};
//! use shuzi_synth::handwriting::{DistractorRate, page};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Black squares for digits; MNIST gives real ones.
//! let mut pixels = vec![0; 10 * 28 * 28];
//! for image in pixels.chunks_mut(28 * 28) {
//!     for row in image.chunks_mut(28).skip(6).take(16) {
//!         row[8..20].fill(255);
//!     }
//! }
//! let images = Images::new(28, 28, pixels)?;
//! let writer = Dataset::new(images, Labels::new((0..10).collect())?, ClassScheme::Digits)?;
//! let page = page(&[&writer], DistractorRate::Low, 1, 0);
//! assert_eq!(page.pixels.len(), page.width * page.height);
//! assert_eq!(page.instances.len(), page.pixels.len());
//! # Ok(())
//! # }
//! ```

mod canvas;
mod error;
mod ground_truth;
pub mod handwriting;
mod jpeg;
pub mod strings;
mod writers;

pub use error::SynthError;
pub use ground_truth::{Coverage, GroundTruth};
pub use jpeg::jpeg;
pub use writers::{PageKind, Writers};
