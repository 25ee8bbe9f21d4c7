//! The saved form: `config.json` and `model.safetensors`, as networks have.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ndarray::{Array1, Array2};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use shuzi_models::{CONFIG_FILE, WEIGHTS_FILE, write_atomic};

use crate::{
    baseline::{Baseline, Fitted},
    error::{ClassicalError, describe},
    knn::Neighbours,
    method::Method,
    naive_bayes::NaiveBayes,
    svm::{Svm, pairs},
};

/// Version of the format.
const FORMAT: u32 = 1;

/// The contents of `config.json`. Its key `classical` stands where a network
/// has `architecture`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    format: u32,
    classical: Method,
    /// Values of one image.
    dimension: usize,
    /// What each class stands for, in the order of the scores.
    classes: Vec<String>,
}

/// As much of a `config.json` as says which method, so that one written by
/// hand needs no more.
#[derive(Debug, Serialize, Deserialize)]
struct MethodConfig {
    classical: Method,
}

impl Method {
    /// The method of that name with its default parameters, or the one in a
    /// `config.json` or in a directory that holds one; `None` if the reference
    /// is neither, or what it names has no key `classical`.
    ///
    /// # Errors
    /// If the key is there, but not a method.
    pub fn find(reference: &str) -> Result<Option<Self>, ClassicalError> {
        if let Some(method) = Self::named(reference) {
            return Ok(Some(method));
        }
        let mut path = PathBuf::from(reference);
        if path.is_dir() {
            path.push(CONFIG_FILE);
        }
        let Ok(bytes) = fs::read(&path) else {
            return Ok(None);
        };
        let is_classical = serde_json::from_slice::<serde_json::Value>(&bytes)
            .is_ok_and(|config| config.get("classical").is_some());
        if !is_classical {
            return Ok(None);
        }
        match serde_json::from_slice::<MethodConfig>(&bytes) {
            Ok(config) => Ok(Some(config.classical)),
            Err(source) => Err(ClassicalError::Config { path, source }),
        }
    }

    /// Writes a `config.json` into `directory` that [`Method::find`] reads,
    /// and says where it is.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn save(self, directory: &Path) -> Result<PathBuf, ClassicalError> {
        let path = directory.join(CONFIG_FILE);
        fs::create_dir_all(directory).map_err(|source| ClassicalError::Io {
            path: directory.to_owned(),
            source,
        })?;
        write_config(&path, &MethodConfig { classical: self })?;
        Ok(path)
    }
}

fn write_config(path: &Path, config: &impl Serialize) -> Result<(), ClassicalError> {
    let mut json = serde_json::to_vec_pretty(config).map_err(|source| ClassicalError::Config {
        path: path.to_owned(),
        source,
    })?;
    json.push(b'\n');
    write_atomic(path, &json).map_err(|source| ClassicalError::Io {
        path: path.to_owned(),
        source,
    })
}

/// A tensor on its way to a file.
struct Tensor {
    name: &'static str,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Baseline {
    /// Writes both files into `directory`, which is made if need be; each is
    /// whole or not there.
    ///
    /// # Errors
    /// If a file can't be written.
    pub fn save(&self, directory: &Path) -> Result<(), ClassicalError> {
        let path = directory.join(WEIGHTS_FILE);
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| ClassicalError::Io { path, source }
        };
        let format = |source| ClassicalError::SafeTensors {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(directory).map_err(io(directory))?;
        let tensors = self.tensors();
        let views = tensors
            .iter()
            .map(|tensor| {
                let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes)?;
                Ok((tensor.name, view))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(format)?;
        let bytes = safetensors::serialize(views, None).map_err(format)?;
        let config = Config {
            format: FORMAT,
            classical: self.method,
            dimension: self.dimension,
            classes: (0..self.classes).map(|class| class.to_string()).collect(),
        };
        write_config(&directory.join(CONFIG_FILE), &config)?;
        write_atomic(&path, &bytes).map_err(io(&path))
    }

    /// Reads what [`Baseline::save`] wrote.
    ///
    /// # Errors
    /// If a file is not there or not sound.
    pub fn load(directory: &Path) -> Result<Self, ClassicalError> {
        let read = |path: &Path| {
            fs::read(path).map_err(|source| ClassicalError::Io {
                path: path.to_owned(),
                source,
            })
        };
        let (config, weights) = (directory.join(CONFIG_FILE), directory.join(WEIGHTS_FILE));
        Self::from_bytes(&read(&config)?, &read(&weights)?, &config, &weights)
    }

    fn from_bytes(
        config: &[u8],
        weights: &[u8],
        config_path: &Path,
        weights_path: &Path,
    ) -> Result<Self, ClassicalError> {
        let Config {
            format,
            classical: method,
            dimension,
            classes,
        } = serde_json::from_slice(config).map_err(|source| ClassicalError::Config {
            path: config_path.to_owned(),
            source,
        })?;
        if format != FORMAT {
            return Err(ClassicalError::Format {
                path: config_path.to_owned(),
                expected: FORMAT,
                got: format,
            });
        }
        method.check()?;
        let classes = classes.len();
        let file =
            SafeTensors::deserialize(weights).map_err(|source| ClassicalError::SafeTensors {
                path: weights_path.to_owned(),
                source,
            })?;
        let file = File {
            file,
            path: weights_path,
        };
        let fitted = match method {
            Method::NaiveBayes { .. } => Fitted::NaiveBayes(NaiveBayes {
                mean: file.matrix("mean", classes, dimension)?,
                variance: file.matrix("variance", classes, dimension)?,
                prior: Array1::from(file.floats("prior", &[classes])?),
            }),
            Method::Knn { .. } => {
                let n = file.extent("labels")?;
                let labels = file.bytes("labels", &[n])?;
                if let Some(&label) = labels.iter().find(|l| usize::from(**l) >= classes) {
                    return Err(ClassicalError::Label { label, classes });
                }
                Fitted::Knn(Neighbours::new(
                    file.bytes("images", &[n, dimension])?,
                    labels,
                ))
            }
            Method::Svm { .. } => {
                let m = file.extent("vectors")?;
                let pairs = pairs(classes).count();
                Fitted::Svm(Svm::new(
                    file.bytes("vectors", &[m, dimension])?,
                    dimension,
                    file.matrix("coefficients", pairs, m)?,
                    Array1::from(file.floats("offsets", &[pairs])?),
                ))
            }
        };
        Ok(Self {
            method,
            dimension,
            classes,
            fitted,
        })
    }

    fn tensors(&self) -> Vec<Tensor> {
        let d = self.dimension;
        match &self.fitted {
            Fitted::NaiveBayes(bayes) => vec![
                floats("mean", &[self.classes, d], &bayes.mean),
                floats("variance", &[self.classes, d], &bayes.variance),
                floats("prior", &[self.classes], &bayes.prior),
            ],
            Fitted::Knn(neighbours) => {
                let n = neighbours.labels.len();
                vec![
                    bytes("images", &[n, d], &neighbours.pixels),
                    bytes("labels", &[n], &neighbours.labels),
                ]
            }
            Fitted::Svm(svm) => {
                let (pairs, m) = svm.coefficients.dim();
                vec![
                    bytes("vectors", &[m, d], &svm.vectors),
                    floats("coefficients", &[pairs, m], &svm.coefficients),
                    floats("offsets", &[pairs], &svm.offsets),
                ]
            }
        }
    }
}

fn floats<'a>(
    name: &'static str,
    shape: &[usize],
    values: impl IntoIterator<Item = &'a f32>,
) -> Tensor {
    Tensor {
        name,
        dtype: Dtype::F32,
        shape: shape.to_vec(),
        bytes: values
            .into_iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
    }
}

fn bytes(name: &'static str, shape: &[usize], values: &[u8]) -> Tensor {
    Tensor {
        name,
        dtype: Dtype::U8,
        shape: shape.to_vec(),
        bytes: values.to_vec(),
    }
}

/// A file of tensors with its path, for errors.
struct File<'a> {
    file: SafeTensors<'a>,
    path: &'a Path,
}

impl File<'_> {
    fn wrong(&self, name: &'static str, expected: String, got: String) -> ClassicalError {
        ClassicalError::Tensor {
            path: self.path.to_owned(),
            name,
            expected,
            got,
        }
    }

    fn find(
        &self,
        name: &'static str,
        expected: impl Fn() -> String,
    ) -> Result<TensorView<'_>, ClassicalError> {
        let view = self.file.tensor(name);
        view.map_err(|_| self.wrong(name, expected(), "none".into()))
    }

    /// The first extent of a tensor, at least 1.
    fn extent(&self, name: &'static str) -> Result<usize, ClassicalError> {
        let expected = || "at least one row".to_owned();
        let view = self.find(name, expected)?;
        match view.shape().first() {
            Some(&extent) if extent > 0 => Ok(extent),
            _ => Err(self.wrong(name, expected(), describe(view.dtype(), view.shape()))),
        }
    }

    fn data(
        &self,
        name: &'static str,
        dtype: Dtype,
        shape: &[usize],
    ) -> Result<Vec<u8>, ClassicalError> {
        let expected = || describe(dtype, shape);
        let view = self.find(name, expected)?;
        if (view.dtype(), view.shape()) != (dtype, shape) {
            return Err(self.wrong(name, expected(), describe(view.dtype(), view.shape())));
        }
        Ok(view.data().to_vec())
    }

    fn bytes(&self, name: &'static str, shape: &[usize]) -> Result<Vec<u8>, ClassicalError> {
        self.data(name, Dtype::U8, shape)
    }

    fn floats(&self, name: &'static str, shape: &[usize]) -> Result<Vec<f32>, ClassicalError> {
        let data = self.data(name, Dtype::F32, shape)?;
        let (values, _) = data.as_chunks::<4>();
        let values: Vec<f32> = values.iter().map(|&b| f32::from_le_bytes(b)).collect();
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(values),
            Some(value) => Err(self.wrong(name, "finite numbers".into(), value.to_string())),
        }
    }

    fn matrix(
        &self,
        name: &'static str,
        rows: usize,
        columns: usize,
    ) -> Result<Array2<f32>, ClassicalError> {
        let values = self.floats(name, &[rows, columns])?;
        let matrix = Array2::from_shape_vec((rows, columns), values);
        matrix.map_err(|error| {
            self.wrong(
                name,
                describe(Dtype::F32, &[rows, columns]),
                error.to_string(),
            )
        })
    }
}

#[cfg(test)]
mod tests;
