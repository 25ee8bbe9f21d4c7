//! The reader.

use std::sync::{Mutex, PoisonError};

use pyo3::{exceptions::PyRuntimeError, prelude::*};
use shuzi::{Error, Reading, Source};
use shuzi_reader::{PageNumber, Record};

use crate::{
    error::{read_error, why},
    images::Image,
    options::{Options, threads},
};

/// Images that the library takes at once, for each thread.
const AT_ONCE: usize = 8;

/// Reads images; one thread at a time, the others wait without the interpreter's lock.
#[pyclass(frozen, module = "shuzi._shuzi")]
pub(crate) struct Reader {
    inner: Mutex<shuzi::Reader>,
    /// How many images are read together.
    #[pyo3(get)]
    batch: usize,
}

#[pymethods]
impl Reader {
    #[new]
    fn new(py: Python<'_>, options: Options, count: Option<usize>) -> PyResult<Self> {
        let builder = options.builder()?;
        let opened = py.detach(|| builder.open());
        Ok(Self {
            inner: Mutex::new(opened.map_err(|error| read_error(&error))?),
            batch: AT_ONCE * threads(count)?.get(),
        })
    }

    /// The records of images, in order, each as JSON.
    fn read_many(&self, py: Python<'_>, images: Vec<Image<'_>>) -> PyResult<Vec<String>> {
        let sources = images.iter().map(Image::source);
        let sources: Vec<(String, Source<'_>)> = sources.collect::<PyResult<_>>()?;
        py.detach(|| {
            let (names, sources): (Vec<_>, Vec<_>) = sources.into_iter().unzip();
            self.with(|reader| {
                let readings = reader.read_many(sources);
                let records = names.into_iter().zip(readings);
                records.map(|(name, read)| json(name, None, read)).collect()
            })
        })
    }

    /// The records of all pages of an image, each as JSON.
    fn read_pages(&self, py: Python<'_>, image: Image<'_>) -> PyResult<Vec<String>> {
        let (name, source) = image.source()?;
        py.detach(|| {
            self.with(|reader| {
                let readings = match reader.read_pages(source) {
                    Ok(readings) => readings,
                    Err(error) => vec![Err(error)],
                };
                let pages = readings.len();
                let records = readings.into_iter().enumerate().map(|(at, read)| {
                    let page = at + 1;
                    let number = (pages > 1).then_some(PageNumber { page, pages });
                    json(name.clone(), number, read)
                });
                records.collect()
            })
        })
    }
}

impl Reader {
    fn with<R>(&self, work: impl FnOnce(&mut shuzi::Reader) -> R) -> R {
        // A reader holds nothing that a panic of another thread could have left half done.
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn json(name: String, page: Option<PageNumber>, read: Result<Reading, Error>) -> PyResult<String> {
    let record = Record::new(name, page, read.map_err(|error| why(&error)));
    serde_json::to_string(&record).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}
