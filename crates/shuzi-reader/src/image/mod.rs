//! Pictures and what one does with their pixels.

pub(crate) mod decode;
pub(crate) mod format;
pub(crate) mod line_fit;
pub(crate) mod morphology;
pub(crate) mod pages;
pub(crate) mod pixels;
pub(crate) mod rectangle;
pub(crate) mod resample;
