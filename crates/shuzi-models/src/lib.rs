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
mod model;
mod onnx;
mod shipped;
mod zoo;

pub use config::{FORMAT, InputConfig, ModelConfig, NO_DIGIT, Polarity};
pub use model::{CONFIG_FILE, Model, ModelError, WEIGHTS_FILE, write_atomic};
pub use shipped::{DEFAULT, PAIRS, READER, shipped_names};
pub use zoo::{
    ABLATION, AblationStep, alexnet, architecture, fusion, improved_alexnet, lenet5,
    lenet5_improved, mlp, names, pairs, reader, vgg16_deformable,
};
