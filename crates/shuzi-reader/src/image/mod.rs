//! Pictures and what one does with their pixels.

pub mod decode;
pub mod enlarge;
pub(crate) mod format;
pub(crate) mod line_fit;
pub(crate) mod morphology;
pub mod pages;
pub mod pixels;
pub mod rectangle;
pub(crate) mod resample;
pub mod straighten;
pub(crate) mod weighted_median;
