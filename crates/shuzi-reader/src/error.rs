//! Why an image can't be read.

use image::ImageError;
use shuzi_nn::Shape;

/// Why bytes are no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// There are no bytes.
    #[error("empty file, expected an image")]
    Empty,
    /// The format is unknown or not supported.
    #[error("not an image that can be read: expected PNG, JPEG, TIFF, BMP, PNM, WebP or GIF")]
    Format,
    /// The format is known, and not read.
    #[error("{name} is not read: {instead}")]
    Foreign {
        /// The format.
        name: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// The file ends before its image does.
    #[error("damaged image: the file ends before the image does")]
    CutOff,
    /// The header promises more pixels than allowed.
    #[error(
        "image of {width}×{height} pixels: expected at most {limit} pixels (raise the limit if it is meant)"
    )]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Most pixels allowed.
        limit: u64,
    },
    /// The header promises no pixels at all.
    #[error("image of {width}×{height} pixels: expected at least one")]
    NoPixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Pixels in memory are not as many as their size says.
    #[error(
        "{width}×{height} pixels of {channels} bytes: expected {expected} bytes, got {got}",
        expected = u64::from(*width) * u64::from(*height) * *channels as u64
    )]
    Bytes {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes for each pixel.
        channels: usize,
        /// Bytes that came.
        got: usize,
    },
    /// The file has more pages than allowed.
    #[error(
        "file of more than {limit} pages: expected at most {limit} (raise the limit if it is meant)"
    )]
    TooManyPages {
        /// Most pages allowed.
        limit: usize,
    },
    /// The data is damaged, cut off or of a kind that can't be decoded.
    #[error("damaged or unsupported image: {0}")]
    Damaged(#[source] ImageError),
}

/// Why no number comes of an image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The bytes are no picture.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The network does not take 28×28 crops.
    #[error("expected a network for 28×28×1 images and 10 classes, got {input} and {classes}")]
    Model {
        /// What it takes.
        input: Shape,
        /// How many classes it tells apart.
        classes: usize,
    },
    /// The network for two digits does not take 28×28 crops, or tells others apart.
    #[error(
        "expected a network for 28×28×1 images and 101 classes, two digits or none, got {input} and {classes}"
    )]
    Bigrams {
        /// What it takes.
        input: Shape,
        /// How many classes it tells apart.
        classes: usize,
    },
    /// The network for whole lines takes other images, or tells other classes apart.
    #[error(
        "expected a network for lines of {expected_height} rows and {expected} classes, got {input} and {classes}",
        expected_height = shuzi_line::HEIGHT,
        expected = shuzi_line::CLASSES
    )]
    Lines {
        /// What it takes.
        input: Shape,
        /// How many classes it tells apart.
        classes: usize,
    },
    /// The cuts of a line are in no order.
    #[error(transparent)]
    Lattice(#[from] crate::lattice::LatticeError),
    /// No number can obey the constraints.
    #[error(transparent)]
    Constraints(#[from] crate::lattice::ConstraintsError),
    /// The network refuses the crops.
    #[error(transparent)]
    Network(#[from] shuzi_nn::Error),
}
