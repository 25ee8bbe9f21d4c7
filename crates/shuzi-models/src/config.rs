//! `config.json`: what a model is and what its input means.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use shuzi_nn::{Architecture, Shape};

use crate::{
    error::ModelError,
    files::{CONFIG_FILE, FORMAT, MAX_CONFIG, write_atomic},
    read::read_limited,
    zoo::{architecture, names},
};

/// Name of the class of what is no digit.
pub const NO_DIGIT: &str = "none";

/// The contents of a model's `config.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Version of the format, [`FORMAT`].
    pub format: u32,
    /// The network.
    pub architecture: Architecture,
    /// What a pixel's value means.
    pub input: InputConfig,
    /// What each class stands for, in the order of the logits.
    pub classes: Vec<String>,
}

/// How an image becomes the network's input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputConfig {
    /// A pixel of 0 to 255 is divided by this.
    pub divisor: u32,
    /// Which way round ink and paper are.
    pub polarity: Polarity,
}

/// Which way round ink and paper are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polarity {
    /// Ink is high, paper 0: MNIST's way.
    WhiteOnBlack,
}

impl ModelConfig {
    /// The configuration of a digit network: pixel / 255, white on black,
    /// classes 0 to 9, and [`NO_DIGIT`] if it has an eleventh. One of 101 classes tells
    /// pairs of digits apart, 00 to 99, and what is none.
    pub fn digits(architecture: Architecture) -> Self {
        let outputs = architecture.output().map_or(0, Shape::len);
        let digits: Vec<String> = match outputs {
            101 => (0..100).map(|pair| format!("{pair:02}")).collect(),
            _ => (0..10).map(|digit| format!("{digit}")).collect(),
        };
        let none = (outputs == digits.len() + 1).then(|| NO_DIGIT.to_owned());
        Self::with_classes(architecture, digits.into_iter().chain(none).collect())
    }

    /// The configuration of a network with classes of these names, in the order of the
    /// logits: pixel / 255, white on black.
    pub fn with_classes(architecture: Architecture, classes: Vec<String>) -> Self {
        Self {
            format: FORMAT,
            architecture,
            input: InputConfig {
                divisor: 255,
                polarity: Polarity::WhiteOnBlack,
            },
            classes,
        }
    }

    /// The configuration of the network of that name, the one in a directory,
    /// beside a `.safetensors` file, or in a `.json` file. Weights are not
    /// looked at.
    ///
    /// # Errors
    /// If there is none, or it is unsound.
    pub fn load(reference: &str) -> Result<Self, ModelError> {
        if let Some(architecture) = architecture(reference) {
            return Ok(Self::digits(architecture));
        }
        let path = Path::new(reference);
        let path = if path.is_dir() {
            path.join(CONFIG_FILE)
        } else if path
            .extension()
            .is_some_and(|ending| ending == "safetensors")
        {
            path.with_file_name(CONFIG_FILE)
        } else if path.is_file() {
            path.to_owned()
        } else {
            return Err(ModelError::UnknownNetwork {
                name: reference.to_owned(),
                known: names().collect::<Vec<_>>().join(", "),
            });
        };
        Self::from_bytes(&read_limited(&path, MAX_CONFIG)?, &path)
    }

    /// Reads a configuration; the path is named in errors.
    ///
    /// # Errors
    /// If it is not what this version writes, the network is unsound, or has
    /// not as many outputs as there are classes.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, ModelError> {
        let path = path.to_owned();
        let config: Self = match serde_json::from_slice(bytes) {
            Ok(config) => config,
            Err(source) => {
                let classical = serde_json::from_slice::<serde_json::Value>(bytes)
                    .is_ok_and(|config| config.get("classical").is_some());
                return Err(if classical {
                    ModelError::NoNetwork { path }
                } else {
                    ModelError::Config { path, source }
                });
            }
        };
        if config.format != FORMAT {
            let got = config.format;
            return Err(ModelError::Format { path, got });
        }
        match config.architecture.output() {
            Ok(output) if output.channels == config.classes.len() => Ok(config),
            Ok(output) => Err(ModelError::Classes {
                path,
                expected: output.channels,
                got: config.classes.len(),
            }),
            Err(error) => Err(ModelError::Network {
                path,
                source: error.into(),
            }),
        }
    }

    /// Writes `config.json` into `directory`, which is made if need be, and
    /// says where it is.
    ///
    /// # Errors
    /// If it can't be written; what stood there before is then unchanged.
    pub fn save(&self, directory: &Path) -> Result<PathBuf, ModelError> {
        let path = directory.join(CONFIG_FILE);
        let mut json = match serde_json::to_vec_pretty(self) {
            Ok(json) => json,
            Err(source) => return Err(ModelError::Config { path, source }),
        };
        json.push(b'\n');
        match fs::create_dir_all(directory).and_then(|()| write_atomic(&path, &json)) {
            Ok(()) => Ok(path),
            Err(source) => Err(ModelError::Io { path, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_loads_by_name_file_and_directory() {
        let directory = tempfile::tempdir().unwrap();
        let config = ModelConfig::load("lenet5").unwrap();
        let path = config.save(directory.path()).unwrap();
        for reference in [
            path.as_path(),
            directory.path(),
            &path.with_file_name("w.safetensors"),
        ] {
            let loaded = ModelConfig::load(reference.to_str().unwrap()).unwrap();
            assert_eq!(loaded, config, "{}", reference.display());
        }
        let classical = br#"{"format": 1, "classical": {"type": "knn", "k": 3}}"#;
        let error = ModelConfig::from_bytes(classical, &path).unwrap_err();
        assert!(matches!(error, ModelError::NoNetwork { .. }), "{error}");
        let error = ModelConfig::load("vgg").unwrap_err().to_string();
        assert!(error.contains("alexnet, "), "{error}");
    }
}
