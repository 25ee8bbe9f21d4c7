//! Named tensors and their file, `model.safetensors`.

use std::collections::{BTreeMap, HashMap};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::architecture::ParameterSpec;

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
