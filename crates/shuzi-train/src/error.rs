//! What can end a run.

use std::{io, path::PathBuf};

/// Why a run can't start, go on or be resumed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A file of the run can't be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line can't be made.
    #[error("a made line: {0}")]
    Line(#[from] shuzi_line::LineError),
    /// Lines are to be written with digits that nobody knows.
    #[error("no digits `{name}` to write lines with: expected {known}")]
    UnknownDigits {
        /// What was asked for.
        name: String,
        /// The known ones.
        known: String,
    },
    /// MNIST can't be read.
    #[error(transparent)]
    Mnist(#[from] shuzi_data::mnist::Error),
    /// The digits that lines are written with can't be read.
    #[error("digits to write lines with: {0}")]
    Digits(#[from] shuzi_data::DatasetError),
    /// The directory holds a run already.
    #[error("{path} holds a run already: resume it or choose another directory", path = path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// A JSON file of the run is not what this version writes.
    #[error("{path}: {source}", path = path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The checkpoint is torn or was changed.
    #[error("{path}: not a whole checkpoint: {reason}", path = path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The run is of a classical method, which has no epochs.
    #[error("{path}: expected the run of a network, got that of a classical method, which is fitted in one go", path = path.display())]
    NoEpochs {
        /// The directory.
        path: PathBuf,
    },
    /// The run was started with other data.
    #[error("the run was started with other {part} data: expected {expected}, got {got}")]
    OtherData {
        /// Training or test.
        part: &'static str,
        /// What the run was started with.
        expected: String,
        /// What is there now.
        got: String,
    },
    /// The images have another size than the network's input.
    #[error("expected images of {expected}, got {got}")]
    ImageSize {
        /// The network's input.
        expected: String,
        /// The images.
        got: String,
    },
    /// Lines were given to a recipe that takes none, or none to one that does.
    #[error("recipe `{recipe}` learns from {}: {}", if *expected { "lines" } else { "images alone" }, if *expected { "name files of `shuzi dev lines` with `--lines`" } else { "expected no lines" })]
    Lines {
        /// The recipe.
        recipe: String,
        /// Whether it takes lines.
        expected: bool,
    },
    /// The network does not tell digits from none, which lines need.
    #[error(
        "the network has {got} classes: expected {expected} to learn from lines, the digits and none"
    )]
    LineClasses {
        /// Digits and none.
        expected: usize,
        /// The network's.
        got: usize,
    },
    /// Teachers were given to a recipe that takes none, or none to one that does.
    #[error("recipe `{recipe}` learns from {}: {}", if *expected { "teachers" } else { "labels alone" }, if *expected { "name them with `--teacher`" } else { "expected no teachers" })]
    Teachers {
        /// The recipe.
        recipe: String,
        /// Whether it takes teachers.
        expected: bool,
    },
    /// A teacher takes other images or knows other classes.
    #[error("teacher {name}: expected {expected}, as the network has, got {got}")]
    Teacher {
        /// What the user called it.
        name: String,
        /// The network's input and classes.
        expected: String,
        /// The teacher's.
        got: String,
    },
    /// No recipe has this name, and it is no file's.
    #[error("no recipe `{name}`: expected {known} or a .json file")]
    UnknownRecipe {
        /// What was asked for.
        name: String,
        /// The names of all recipes.
        known: String,
    },
    /// A field of the recipe makes no sense.
    #[error("{field} of the recipe is {got}: expected {expected}")]
    Recipe {
        /// The field.
        field: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// The number of epochs is part of what the run has done so far.
    #[error(
        "the run was laid out for {epochs} epochs: its learning rate follows from their number"
    )]
    SettledEpochs {
        /// The epochs.
        epochs: usize,
    },
    /// The run was trained on all of its images.
    #[error("recipe `{recipe}` holds no training images out: expected a run that does")]
    NothingHeldOut {
        /// Its recipe.
        recipe: String,
    },
    /// There are too few images to hold some out.
    #[error(transparent)]
    Split(#[from] shuzi_data::split::SplitError),
    /// Batches can't be made.
    #[error(transparent)]
    Loader(#[from] shuzi_data::loader::LoaderError),
    /// The network can't be built or trained.
    #[error(transparent)]
    Network(#[from] shuzi_nn::Error),
    /// A classical method can't be fitted or written.
    #[error(transparent)]
    Classical(#[from] shuzi_classical::ClassicalError),
    /// A model can't be measured.
    #[error(transparent)]
    Evaluation(#[from] crate::scorer::EvaluationError),
    /// The model can't be written.
    #[error(transparent)]
    Model(#[from] shuzi_models::ModelError),
    /// The loss is no longer a number.
    #[error(
        "the loss became {loss} in epoch {epoch}: the learning rate {learning_rate} is too high"
    )]
    Diverged {
        /// The epoch.
        epoch: usize,
        /// The loss.
        loss: f64,
        /// The learning rate.
        learning_rate: f32,
    },
}
