//! From ink to everything that may be a digit: connected components, text lines, and the
//! cuts of components that may be several digits.

pub mod components;
pub mod frames;
pub mod geometry;
mod group;
pub mod midline;
pub mod over_segmentation;
pub mod parts;
pub mod seam;
pub mod slant;
mod text_lines;

use serde::{Deserialize, Serialize};

use self::{
    components::ComponentParams, midline::MidlineParams, over_segmentation::OverSegmentationParams,
};

/// How ink becomes everything that may be a digit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentParams {
    /// Which pieces of ink may be digits, and which points.
    pub components: ComponentParams,
    /// The way of a line across the paper.
    pub midline: MidlineParams,
    /// How components that may be several digits are cut.
    pub over_segmentation: OverSegmentationParams,
}
