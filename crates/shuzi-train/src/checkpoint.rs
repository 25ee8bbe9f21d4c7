//! Everything that the next epoch needs, in one file that is whole or not
//! there.
//!
//! The file is a SHA-256 of the rest, then a safetensors file: parameters as
//! `weights/NAME`, each of the optimizer's moments as `MOMENT/NAME`, their average as `average/NAME`, and the
//! state as JSON in the header's metadata.

use std::{collections::HashMap, fs, path::Path};

use safetensors::SafeTensors;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use shuzi_models::write_atomic;
use shuzi_nn::Weights;

use crate::{error::TrainError, history::EpochRecord, schedule::Progress};

/// Name of the checkpoint in a run's directory.
const CHECKPOINT_FILE: &str = "checkpoint";

/// Key of the state in the header.
const STATE: &str = "state";

/// Prefix of the parameters.
const WEIGHTS: &str = "weights";

/// Name of the average of the parameters, beside the optimizer's moments.
pub(crate) const AVERAGE: &str = "average";

/// Bytes of the digest.
const DIGEST: usize = 32;

/// What a checkpoint holds beside tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Training steps taken.
    pub(crate) step: u64,
    /// Learning rate of the next epoch.
    pub(crate) learning_rate: f32,
    /// Where the run stands in its schedule.
    pub(crate) progress: Progress,
    /// Whether the schedule has ended the run.
    pub(crate) stopped: bool,
    /// The epochs so far.
    pub(crate) history: Vec<EpochRecord>,
}

/// A checkpoint in memory; `S` is the state of the run's kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Checkpoint<S = State> {
    pub(crate) state: S,
    pub(crate) weights: Weights,
    /// The optimizer's moments by name, and the average of the parameters as
    /// [`AVERAGE`].
    pub(crate) moments: Vec<(String, Weights)>,
}

impl<S: Serialize + DeserializeOwned> Checkpoint<S> {
    /// Replaces the checkpoint in `directory`.
    pub(crate) fn write(&self, directory: &Path) -> Result<(), TrainError> {
        let path = directory.join(CHECKPOINT_FILE);
        let state = serde_json::to_string(&self.state).map_err(|source| TrainError::Json {
            path: path.clone(),
            source,
        })?;
        let mut all = Weights::new();
        let moments = self
            .moments
            .iter()
            .map(|(name, weights)| (name.as_str(), weights));
        for (prefix, weights) in std::iter::once((WEIGHTS, &self.weights)).chain(moments) {
            for (name, tensor) in weights.iter() {
                all.insert(
                    format!("{prefix}/{name}"),
                    tensor.shape.clone(),
                    tensor.data.clone(),
                );
            }
        }
        let metadata = HashMap::from([(STATE.to_owned(), state)]);
        let payload = all
            .to_safetensors(metadata)
            .map_err(shuzi_nn::Error::from)?;
        let mut bytes = Sha256::digest(&payload).to_vec();
        bytes.extend_from_slice(&payload);
        write_atomic(&path, &bytes).map_err(|source| TrainError::Io { path, source })
    }

    /// Reads the checkpoint in `directory`.
    pub(crate) fn read(directory: &Path) -> Result<Self, TrainError> {
        let path = directory.join(CHECKPOINT_FILE);
        let bytes = fs::read(&path).map_err(|source| TrainError::Io {
            path: path.clone(),
            source,
        })?;
        Self::from_bytes(&bytes).map_err(|reason| TrainError::Checkpoint { path, reason })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (digest, payload) = bytes
            .split_at_checked(DIGEST)
            .ok_or_else(|| format!("expected at least {DIGEST} bytes, got {}", bytes.len()))?;
        if Sha256::digest(payload).as_slice() != digest {
            return Err("its SHA-256 is not the one written".into());
        }
        let (_, header) = SafeTensors::read_metadata(payload).map_err(|error| error.to_string())?;
        let state = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(STATE));
        let state = state.ok_or("it has no state")?;
        let state = serde_json::from_str(state).map_err(|error| error.to_string())?;
        let all = Weights::from_safetensors(payload).map_err(|error| error.to_string())?;
        let mut parts: Vec<(String, Weights)> = Vec::new();
        for (full, tensor) in all.iter() {
            let (prefix, name) = full
                .split_once('/')
                .ok_or_else(|| format!("tensor {full} has no prefix"))?;
            let known = parts.iter().position(|(part, _)| part == prefix);
            let at = known.unwrap_or_else(|| {
                parts.push((prefix.to_owned(), Weights::new()));
                parts.len() - 1
            });
            parts[at]
                .1
                .insert(name, tensor.shape.clone(), tensor.data.clone());
        }
        let weights = parts
            .iter()
            .position(|(prefix, _)| prefix == WEIGHTS)
            .ok_or("it has no weights")?;
        let (_, weights) = parts.remove(weights);
        Ok(Self {
            state,
            weights,
            moments: parts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let tensor = |value: f32| {
            let mut weights = Weights::new();
            weights.insert("fc.weight", vec![2, 1], vec![value, 1e-30]);
            weights
        };
        Checkpoint {
            state: State {
                step: 7,
                learning_rate: 0.1 + 0.2,
                progress: Progress::default(),
                stopped: false,
                history: Vec::new(),
            },
            weights: tensor(0.1),
            moments: vec![("mean".into(), tensor(0.2)), ("square".into(), tensor(0.3))],
        }
    }

    #[test]
    fn survives_the_disk_bit_by_bit() {
        let directory = tempfile::tempdir().unwrap();
        checkpoint().write(directory.path()).unwrap();
        assert_eq!(Checkpoint::read(directory.path()).unwrap(), checkpoint());
    }

    #[test]
    fn any_changed_byte_and_any_cut_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        checkpoint().write(directory.path()).unwrap();
        let bytes = fs::read(directory.path().join(CHECKPOINT_FILE)).unwrap();
        for i in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[i] ^= 0x10;
            assert!(
                Checkpoint::<State>::from_bytes(&changed).is_err(),
                "byte {i}"
            );
            assert!(
                Checkpoint::<State>::from_bytes(&bytes[..i]).is_err(),
                "cut at {i}"
            );
        }
    }

    #[test]
    fn a_failed_write_keeps_the_old_checkpoint() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("missing");
        let error = checkpoint().write(&missing).unwrap_err();
        assert!(matches!(error, TrainError::Io { .. }), "{error}");

        checkpoint().write(directory.path()).unwrap();
        let mut broken = checkpoint();
        // Larger than a header may be: the write fails before anything is touched.
        broken.state.history = Vec::new();
        broken
            .moments
            .push(("x".repeat(200_000_000), checkpoint().weights));
        assert!(broken.write(directory.path()).is_err());
        assert_eq!(Checkpoint::read(directory.path()).unwrap(), checkpoint());
    }
}
