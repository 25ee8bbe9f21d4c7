//! A network by itself: images to logits.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::{exceptions::PyValueError, prelude::*, types::PyBytes};
use shuzi_models::{CONFIG_FILE, Model, ModelConfig, WEIGHTS_FILE};
use shuzi_nn::{Classifier, Threads};

use crate::{
    error::{ReadError, describe, read_error},
    options::threads,
    training::safetensors,
};

/// The `config.json` of a network's name, of a run's folder or of a file.
#[pyfunction]
pub(crate) fn architecture_json(reference: &str) -> PyResult<String> {
    let config = ModelConfig::load(reference).map_err(|error| read_error(&error))?;
    serde_json::to_string(&config).map_err(|error| read_error(&error))
}

/// The `config.json` and `model.safetensors` of a shipped model, of a run's folder or of a
/// weights file.
#[pyfunction]
pub(crate) fn model_files<'py>(
    py: Python<'py>,
    reference: &str,
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    let model = py.detach(|| Model::load(reference).map_err(|error| describe(&error)));
    let model = model.map_err(ReadError::new_err)?;
    let config = serde_json::to_vec(&model.config).map_err(|error| read_error(&error))?;
    Ok((PyBytes::new(py, &config), safetensors(py, &model.weights)?))
}

/// A network of images of one size.
#[pyclass(frozen, module = "shuzi._shuzi")]
pub(crate) struct Network {
    inner: Mutex<Classifier>,
    /// What each class stands for, in the order of the logits.
    #[pyo3(get)]
    classes: Vec<String>,
    /// Rows, columns and channels of an image.
    #[pyo3(get)]
    input_shape: (usize, usize, usize),
}

#[pymethods]
impl Network {
    /// That of the bytes of a `config.json` and a `model.safetensors`.
    #[new]
    fn new(py: Python<'_>, config: &[u8], weights: &[u8], count: Option<usize>) -> PyResult<Self> {
        let workers = threads(count)?;
        let made = py.detach(|| -> Result<_, String> {
            let [config_path, weights_path] = [CONFIG_FILE, WEIGHTS_FILE].map(Path::new);
            let model = Model::from_bytes(config, weights, config_path, weights_path);
            let model = model.map_err(|error| describe(&error))?;
            let classifier = model.classifier(Threads::new(workers));
            let classifier = classifier.map_err(|error| describe(&error))?;
            Ok((model.config.classes, classifier))
        });
        let (classes, classifier) = made.map_err(ReadError::new_err)?;
        let input = classifier.input();
        Ok(Self {
            inner: Mutex::new(classifier),
            classes,
            input_shape: (input.height, input.width, input.channels),
        })
    }

    /// The logits of images: `[n, height, width, channels]`, 0 to 1, ink high.
    fn logits<'py>(
        &self,
        py: Python<'py>,
        images: PyReadonlyArrayDyn<'_, f32>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let (height, width, channels) = self.input_shape;
        let each = height * width * channels;
        let wrong = || {
            PyValueError::new_err(format!(
                "expected C-contiguous images [n, {height}, {width}, {channels}], got {:?}",
                images.shape()
            ))
        };
        if !images.is_c_contiguous() || images.shape().get(1..) != Some(&[height, width, channels])
        {
            return Err(wrong());
        }
        let pixels = images.as_slice().map_err(|_| wrong())?;
        let n = pixels.len() / each;
        let logits = py.detach(|| {
            let mut network = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            network.logits(pixels).map(<[f32]>::to_vec)
        });
        let logits = logits.map_err(|error| read_error(&error))?;
        PyArray1::from_vec(py, logits).reshape([n, self.classes.len()])
    }
}
