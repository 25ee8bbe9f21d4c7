//! The networks of shuzi and their shipped weights.
//!
//! ```
//! let model = shuzi_models::Model::load(shuzi_models::DEFAULT)?;
//! let mut classifier = model.classifier(shuzi_nn::Threads::single())?;
//! let blank = vec![0.0; 28 * 28];
//! assert_eq!(classifier.probabilities(&blank)?.len(), 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
mod error;
mod files;
mod model;
mod onnx;
mod read;
mod shipped;
mod zoo;

pub use config::{InputConfig, ModelConfig, NO_DIGIT, Polarity};
pub use error::ModelError;
pub use files::{CONFIG_FILE, FORMAT, WEIGHTS_FILE, write_atomic};
pub use model::Model;
pub use shipped::{DEFAULT, LINE, PAIRS, READER, shipped_names};
pub use zoo::{
    ABLATION, AblationStep, LINE_HEIGHT, LINE_STRIDE, alexnet, architecture, fusion,
    improved_alexnet, lenet5, lenet5_improved, line, mlp, names, pairs, reader, vgg16_deformable,
};
