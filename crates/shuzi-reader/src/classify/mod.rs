//! What each hypothesis may be: crops for the networks, what these say, and what size and
//! place add to it.

pub mod bigram;
pub mod crop;
pub mod posterior;
pub mod segment_model;

use serde::{Deserialize, Serialize};

use self::{
    bigram::BigramProposalParams, crop::CropParams, posterior::PosteriorParams,
    segment_model::SegmentModelParams,
};

/// How it is found what each hypothesis may be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClassifyParams {
    /// How strokes become what networks see.
    pub crop: CropParams,
    /// How what networks say becomes probabilities.
    pub posterior: PosteriorParams,
    /// Which runs a network for two digits is asked about.
    pub bigram: BigramProposalParams,
    /// What size, place and cuts add.
    pub segment_model: SegmentModelParams,
}
