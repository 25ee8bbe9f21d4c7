//! Training, a step at a time, and the batches that recipes make.

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use numpy::{
    PyArray1, PyArray3, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray3, PyReadonlyArrayDyn,
    PyUntypedArrayMethods,
};
use pyo3::{exceptions::PyValueError, prelude::*, types::PyBytes};
use shuzi_data::{
    ClassScheme, Dataset,
    augment::Augmentation,
    idx::{Images, Labels},
    loader::{Batch, Epoch, LastBatch, Loader, LoaderConfig},
};
use shuzi_models::ModelConfig;
use shuzi_nn::{Network, NetworkConfig, Optimizer, Threads, Weights};
use shuzi_train::{Recipe, Schedule};

use crate::{
    error::{describe, read_error},
    options::threads,
};

/// Batches that a loader has ready.
const PREFETCH: usize = 4;

/// A recipe of that name, or of a JSON file, as JSON.
#[pyfunction]
pub(crate) fn recipe_json(name: &str) -> PyResult<String> {
    let recipe = Recipe::load(name).map_err(|error| read_error(&error))?;
    serde_json::to_string(&recipe).map_err(|error| read_error(&error))
}

/// The learning rate of step `step`, from 0, of `steps`, by a recipe's JSON. A rate that is
/// steered by a validation loss stays as it begins.
#[pyfunction]
pub(crate) fn learning_rate(recipe: &str, step: u64, steps: u64) -> PyResult<f32> {
    let recipe = parsed(recipe)?;
    Ok(match recipe.schedule {
        Schedule::Cosine(cosine) => recipe.learning_rate * cosine.share(step, steps),
        Schedule::Plateau(_) => recipe.learning_rate,
    })
}

fn parsed(recipe: &str) -> PyResult<Recipe> {
    serde_json::from_str(recipe).map_err(|error| read_error(&error))
}

/// A network that is trained, and the rule that changes it.
#[pyclass(frozen, module = "shuzi._shuzi")]
pub(crate) struct Training {
    inner: Mutex<(Network, Optimizer)>,
    classes: usize,
}

#[pymethods]
impl Training {
    /// The network of a `config.json`, with fresh weights, trained as a recipe says.
    #[new]
    fn new(
        config: &[u8],
        recipe: &str,
        seed: u64,
        batch: usize,
        count: Option<usize>,
    ) -> PyResult<Self> {
        let config = ModelConfig::from_bytes(config, Path::new("config.json"));
        let config = config.map_err(|error| read_error(&error))?;
        let recipe = parsed(recipe)?;
        let network = NetworkConfig {
            max_batch: batch,
            seed,
            initialisation: recipe.initialisation,
            kernels: Default::default(),
            threads: Threads::new(threads(count)?),
        };
        let network = Network::new(&config.architecture, network);
        let mut network = network.map_err(|error| read_error(&error))?;
        network.set_label_smoothing(recipe.label_smoothing);
        let optimizer = Optimizer::new(recipe.optimizer, recipe.learning_rate, &network);
        Ok(Self {
            inner: Mutex::new((network, optimizer)),
            classes: config.classes.len(),
        })
    }

    /// One step on a batch `[n, height, width, channels]` at this learning rate: the mean loss
    /// and how many labels were the likeliest class.
    fn step(
        &self,
        py: Python<'_>,
        images: PyReadonlyArrayDyn<'_, f32>,
        labels: PyReadonlyArray1<'_, u8>,
        learning_rate: f32,
    ) -> PyResult<(f32, usize)> {
        let contiguous = |_| PyValueError::new_err("expected C-contiguous arrays");
        if !images.is_c_contiguous() {
            return Err(PyValueError::new_err("expected C-contiguous images"));
        }
        let (images, labels) = (
            images.as_slice().map_err(contiguous)?,
            labels.as_slice().map_err(contiguous)?,
        );
        let report = py.detach(|| {
            self.with(|(network, optimizer)| {
                optimizer.set_learning_rate(learning_rate);
                network.train_step(images, labels, optimizer)
            })
        });
        let report = report.map_err(|error| read_error(&error))?;
        Ok((report.loss, report.correct))
    }

    /// How many classes it tells apart.
    #[getter]
    fn classes(&self) -> usize {
        self.classes
    }

    /// The weights as the bytes of `model.safetensors`.
    fn weights<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let weights = self.with(|(network, _)| network.weights());
        safetensors(py, &weights)
    }

    /// Goes on from other weights, the bytes of a `model.safetensors`.
    fn load(&self, weights: &[u8]) -> PyResult<()> {
        let weights = Weights::from_safetensors(weights);
        let weights = weights.map_err(|error| read_error(&error))?;
        let loaded = self.with(|(network, _)| network.load_weights(&weights));
        loaded.map_err(|error| read_error(&error))
    }
}

impl Training {
    fn with<R>(&self, work: impl FnOnce(&mut (Network, Optimizer)) -> R) -> R {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Weights as the bytes of `model.safetensors`.
pub(crate) fn safetensors<'py>(
    py: Python<'py>,
    weights: &Weights,
) -> PyResult<Bound<'py, PyBytes>> {
    let metadata = [("format".to_owned(), "pt".to_owned())];
    let bytes = weights.to_safetensors(metadata.into());
    Ok(PyBytes::new(
        py,
        &bytes.map_err(|error| read_error(&error))?,
    ))
}

/// Images in the order and with the distortions of a recipe, epoch by epoch.
#[pyclass(frozen, module = "shuzi._shuzi")]
pub(crate) struct Batches {
    distorted: Loader,
    clean: Loader,
}

#[pymethods]
impl Batches {
    /// Of images `[n, height, width]` and what digit each shows.
    #[new]
    fn new(
        images: PyReadonlyArray3<'_, u8>,
        labels: PyReadonlyArray1<'_, u8>,
        recipe: &str,
        batch: usize,
        seed: u64,
    ) -> PyResult<Self> {
        let recipe = parsed(recipe)?;
        let [height, width] = [images.shape()[1], images.shape()[2]];
        let pixels = images.as_array().iter().copied().collect();
        let labels = labels.as_array().iter().copied().collect();
        let made = || -> Result<Self, String> {
            let images = Images::new(height, width, pixels).map_err(|error| describe(&error))?;
            let labels = Labels::new(labels).map_err(|error| describe(&error))?;
            let data = Dataset::new(images, labels, ClassScheme::Digits);
            let data = Arc::new(data.map_err(|error| describe(&error))?);
            let loader = |augmentation| {
                let config = LoaderConfig {
                    batch: NonZeroUsize::new(batch).unwrap_or(NonZeroUsize::MIN),
                    seed,
                    augmentation,
                    last_batch: LastBatch::Keep,
                    workers: NonZeroUsize::MIN,
                    prefetch: NonZeroUsize::new(PREFETCH).unwrap_or(NonZeroUsize::MIN),
                };
                let loader = Loader::new(Arc::clone(&data), (0..data.len()).collect(), config);
                loader.map_err(|error| describe(&error))
            };
            Ok(Self {
                distorted: loader(recipe.augmentation)?,
                clean: loader(Augmentation::none())?,
            })
        };
        made().map_err(PyValueError::new_err)
    }

    /// How many batches an epoch has.
    fn __len__(&self) -> usize {
        self.distorted.batches()
    }

    /// The batches of an epoch, from 1; the last ones of a recipe are not distorted.
    fn epoch(&self, epoch: u64, distorted: bool) -> PyResult<EpochBatches> {
        let loader = if distorted {
            &self.distorted
        } else {
            &self.clean
        };
        let epoch = loader.epoch(epoch).map_err(|error| read_error(&error))?;
        Ok(EpochBatches {
            inner: Mutex::new(epoch),
        })
    }
}

/// The batches of an epoch, in order.
#[pyclass(frozen, module = "shuzi._shuzi")]
pub(crate) struct EpochBatches {
    inner: Mutex<Epoch>,
}

/// Images `[n, height · width, 1]`, 0 to 1, and their labels.
type Arrays<'py> = (Bound<'py, PyArray3<f32>>, Bound<'py, PyArray1<u8>>);

#[pymethods]
impl EpochBatches {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Arrays<'py>>> {
        let next = py.detach(|| {
            let mut epoch = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            epoch.next()
        });
        next.map(|batch| arrays(py, &batch)).transpose()
    }
}

fn arrays<'py>(py: Python<'py>, batch: &Batch) -> PyResult<Arrays<'py>> {
    let each = batch.images().len() / batch.len().max(1);
    let images = PyArray1::from_slice(py, batch.images()).reshape([batch.len(), each, 1])?;
    Ok((images, PyArray1::from_slice(py, batch.labels())))
}
