//! From ink to everything that may be a digit: connected components, text lines, and the
//! cuts of components that may be several digits.

pub mod components;
pub mod geometry;
mod midline;
pub mod over_segmentation;
mod seam;
mod slant;
