//! Training of a network that reads whole lines, by connectionist temporal classification
//! (Graves et al. 2006) on made lines that are drawn as they are needed.
//!
//! Every step's lines follow from the seed and the step's number alone, so that a run that
//! was killed and resumed ends in the same bits as one that nobody killed.

mod batches;
mod evaluate;
mod recipe;
mod trainer;

pub use evaluate::LineScore;
pub use recipe::LineNetworkRecipe;
pub use trainer::{LineNetworkRun, LineOutcome, LineRunConfig, LineStepRecord};
