//! What decoding is done with.

use serde::{Deserialize, Serialize};

use crate::{
    decode::{combine::CombinationParams, told_signs::ToldSignParams},
    lattice::{CtcParams, DecoderParams, bigrams::BigramParams, line::LineParams},
};

/// How hypotheses become numbers. A rule that is `None` is not applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecodeParams {
    /// What the lattice of a line is weighed with.
    pub line: LineParams,
    /// And hypotheses of two digits in it.
    pub bigrams: BigramParams,
    /// How numbers in it are believed.
    pub lattice: DecoderParams,
    /// How frames of a line that was read as a whole become a lattice.
    pub ctc: CtcParams,
    /// How numbers in that are believed.
    pub whole_line: DecoderParams,
    /// What the network for whole lines takes for signs is not held against it by the other.
    pub told_signs: Option<ToldSignParams>,
    /// How both become one probability.
    pub combination: CombinationParams,
    /// Most candidates that a digit lists.
    pub candidates: usize,
}

impl Default for DecodeParams {
    /// All rules, each as it is by default.
    fn default() -> Self {
        Self {
            line: LineParams::default(),
            bigrams: BigramParams::default(),
            lattice: DecoderParams::default(),
            ctc: CtcParams::default(),
            whole_line: DecoderParams::whole_line(),
            told_signs: Some(ToldSignParams::default()),
            combination: CombinationParams::default(),
            candidates: 3,
        }
    }
}
