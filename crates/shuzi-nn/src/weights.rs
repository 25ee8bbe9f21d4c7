//! Named tensors and their file, `model.safetensors`.

use std::collections::{BTreeMap, HashMap};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::spec::ParameterSpec;

/// A tensor as it stands in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Extents, PyTorch's order.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub data: Vec<f32>,
}

/// Named f32 tensors with PyTorch's names and order (`[o, i, h, w]` kernels,
/// `[out, in]` matrices).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    tensors: BTreeMap<String, NamedTensor>,
}

/// Why weights can't be read or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The bytes are no safetensors file.
    #[error("not a valid safetensors file: {0}")]
    Format(#[from] safetensors::SafeTensorError),
    /// A tensor has another type of number.
    #[error("tensor {name}: expected F32, got {got:?}")]
    Dtype {
        /// Tensor.
        name: String,
        /// Type in the file.
        got: Dtype,
    },
    /// A tensor of the network is not in the file.
    #[error("tensor {0} is missing: the weights belong to another architecture")]
    Missing(String),
    /// The file has a tensor that the network lacks.
    #[error("tensor {0} has no place: the weights belong to another architecture")]
    Unexpected(String),
    /// A tensor has another shape.
    #[error("tensor {name}: expected shape {expected:?}, got {got:?}")]
    Shape {
        /// Tensor.
        name: String,
        /// Shape that the network needs.
        expected: Vec<usize>,
        /// Shape in the file.
        got: Vec<usize>,
    },
    /// A value is NaN or infinite.
    #[error("tensor {name}: value {index} is {value}, expected a finite number")]
    NotFinite {
        /// Tensor.
        name: String,
        /// First such value.
        index: usize,
        /// The value.
        value: f32,
    },
}

impl Weights {
    /// No tensors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tensor; `data` is truncated or zero-filled to the shape's size.
    pub fn insert(&mut self, name: impl Into<String>, shape: Vec<usize>, mut data: Vec<f32>) {
        data.resize(shape.iter().product(), 0.0);
        self.tensors
            .insert(name.into(), NamedTensor { shape, data });
    }

    /// The tensor called `name`.
    pub fn get(&self, name: &str) -> Option<&NamedTensor> {
        self.tensors.get(name)
    }

    /// All tensors by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &NamedTensor)> {
        self.tensors
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// Reads a safetensors file.
    ///
    /// # Errors
    /// If the header lies, a tensor is not f32, or a value is not finite.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, WeightsError> {
        let file = SafeTensors::deserialize(bytes)?;
        let mut weights = Self::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(WeightsError::Dtype {
                    name: name.to_owned(),
                    got: view.dtype(),
                });
            }
            let (values, _) = view.data().as_chunks::<4>();
            let data: Vec<f32> = values
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect();
            if let Some(index) = data.iter().position(|value| !value.is_finite()) {
                return Err(WeightsError::NotFinite {
                    name: name.to_owned(),
                    index,
                    value: data[index],
                });
            }
            weights.insert(name, view.shape().to_vec(), data);
        }
        Ok(weights)
    }

    /// The bytes of a safetensors file with `metadata` in its header.
    ///
    /// # Errors
    /// If the header grows past the format's limit.
    pub fn to_safetensors(
        &self,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<u8>, WeightsError> {
        let bytes: Vec<Vec<u8>> = self
            .tensors
            .values()
            .map(|tensor| {
                tensor
                    .data
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect()
            })
            .collect();
        let views = self
            .tensors
            .iter()
            .zip(&bytes)
            .map(|((name, tensor), bytes)| {
                Ok((
                    name,
                    TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)?,
                ))
            })
            .collect::<Result<Vec<_>, WeightsError>>()?;
        let metadata = (!metadata.is_empty()).then_some(metadata);
        Ok(safetensors::serialize(views, metadata)?)
    }

    /// The mean with `others`, each with its share; these have what is left of 1. Shares
    /// below 0 and above 1 go on beyond the weights that are blended.
    ///
    /// Weights between a network and what it became by further training often do better
    /// than either, on what it was trained on last and on the rest (Wortsman et al.
    /// 2022, "Model soups" and "Robust fine-tuning of zero-shot models").
    ///
    /// # Errors
    /// The first tensor that only one of them has, or has in another shape.
    pub fn blended(&self, others: &[(Self, f32)]) -> Result<Self, WeightsError> {
        let rest = 1.0 - others.iter().map(|(_, share)| share).sum::<f32>();
        let mut blended = self.clone();
        for tensor in blended.tensors.values_mut() {
            tensor.data.iter_mut().for_each(|value| *value *= rest);
        }
        for (other, share) in others {
            if let Some((name, _)) = other.iter().find(|(name, _)| self.get(name).is_none()) {
                return Err(WeightsError::Unexpected(name.to_owned()));
            }
            for (name, tensor) in &mut blended.tensors {
                let from = other
                    .get(name)
                    .ok_or_else(|| WeightsError::Missing(name.clone()))?;
                if tensor.shape != from.shape {
                    return Err(WeightsError::Shape {
                        name: name.clone(),
                        expected: tensor.shape.clone(),
                        got: from.shape.clone(),
                    });
                }
                for (value, from) in tensor.data.iter_mut().zip(&from.data) {
                    *value += share * from;
                }
            }
        }
        Ok(blended)
    }

    /// Checks that these are the tensors of `specs` and no others.
    ///
    /// # Errors
    /// The first tensor that is missing, too many, or of another shape.
    pub fn check(&self, specs: &[ParameterSpec]) -> Result<(), WeightsError> {
        for spec in specs {
            let tensor = self
                .get(&spec.name)
                .ok_or_else(|| WeightsError::Missing(spec.name.clone()))?;
            if tensor.shape != spec.shape {
                return Err(WeightsError::Shape {
                    name: spec.name.clone(),
                    expected: spec.shape.clone(),
                    got: tensor.shape.clone(),
                });
            }
        }
        if self.len() != specs.len() {
            let names: std::collections::HashSet<_> =
                specs.iter().map(|spec| spec.name.as_str()).collect();
            if let Some((name, _)) = self.iter().find(|(name, _)| !names.contains(name)) {
                return Err(WeightsError::Unexpected(name.to_owned()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(tensors: &[(&str, &[f32])]) -> Weights {
        let mut weights = Weights::new();
        for (name, values) in tensors {
            weights.insert(*name, vec![values.len()], values.to_vec());
        }
        weights
    }

    #[test]
    fn of_a_blend_every_model_has_its_share() {
        let a = weights(&[("bias", &[2.0]), ("weight", &[0.0, 8.0])]);
        let b = weights(&[("bias", &[4.0]), ("weight", &[4.0, -8.0])]);
        let c = weights(&[("bias", &[-4.0]), ("weight", &[8.0, 4.0])]);
        let blend = |shares: &[(&Weights, f32)]| {
            let others: Vec<_> = shares.iter().map(|(of, s)| ((*of).clone(), *s)).collect();
            a.blended(&others).unwrap()
        };
        assert_eq!(blend(&[]), a);
        assert_eq!(blend(&[(&b, 1.0)]), b);
        let quarter = weights(&[("bias", &[2.5]), ("weight", &[1.0, 4.0])]);
        assert_eq!(blend(&[(&b, 0.25)]), quarter);
        let three = weights(&[("bias", &[-0.5]), ("weight", &[5.0, 2.0])]);
        assert_eq!(blend(&[(&b, 0.25), (&c, 0.5)]), three);
        // Beyond b, as far as it is from a.
        let beyond = weights(&[("bias", &[6.0]), ("weight", &[8.0, -24.0])]);
        assert_eq!(blend(&[(&b, 2.0)]), beyond);
    }

    #[test]
    fn models_of_other_networks_do_not_blend() {
        let a = weights(&[("weight", &[0.0, 8.0])]);
        let longer = weights(&[("weight", &[0.0, 8.0, 1.0])]);
        let more = weights(&[("bias", &[2.0]), ("weight", &[0.0, 8.0])]);
        let error = |other| a.blended(&[(other, 0.5)]).unwrap_err();
        assert!(matches!(error(longer), WeightsError::Shape { .. }));
        assert!(matches!(error(more.clone()), WeightsError::Unexpected(name) if name == "bias"));
        let missing = more.blended(&[(a, 0.5)]).unwrap_err();
        assert!(matches!(missing, WeightsError::Missing(name) if name == "bias"));
    }
}
