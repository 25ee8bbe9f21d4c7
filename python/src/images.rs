//! Images as Python hands them over. None is copied: what is read lies in Python's memory.

use std::path::PathBuf;

use numpy::{PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::{exceptions::PyTypeError, prelude::*, pybacked::PyBackedBytes};
use shuzi::{Pixels, Source};

/// An image that Python holds.
#[derive(FromPyObject)]
pub(crate) enum Image<'py> {
    /// The bytes of a file.
    Bytes(PyBackedBytes),
    /// Pixels `[height, width]` or `[height, width, channels]`, C-contiguous.
    Array(PyReadonlyArrayDyn<'py, u8>),
    /// The path of a file.
    Path(PathBuf),
}

impl Image<'_> {
    /// The image as the library takes it, and its name in records.
    pub(crate) fn source(&self) -> PyResult<(String, Source<'_>)> {
        Ok(match self {
            Self::Bytes(bytes) => (nameless(), (&**bytes).into()),
            Self::Path(path) => (path.display().to_string(), path.into()),
            Self::Array(array) => (nameless(), pixels(array)?.into()),
        })
    }
}

/// As the command line names standard input.
fn nameless() -> String {
    "-".to_owned()
}

fn pixels<'a>(array: &'a PyReadonlyArrayDyn<'_, u8>) -> PyResult<Pixels<'a>> {
    let shape = array.shape();
    let wrong = || {
        PyTypeError::new_err(format!(
            "expected a C-contiguous array [height, width] or [height, width, 1, 3 or 4], got {shape:?}"
        ))
    };
    if !array.is_c_contiguous() {
        return Err(wrong());
    }
    let bytes = array.as_slice().map_err(|_| wrong())?;
    let side = |n: usize| u32::try_from(n).map_err(|_| wrong());
    match *shape {
        [height, width] | [height, width, 1] => {
            Ok(Pixels::grey(side(width)?, side(height)?, bytes))
        }
        [height, width, 3] => Ok(Pixels::rgb(side(width)?, side(height)?, bytes)),
        [height, width, 4] => Ok(Pixels::rgba(side(width)?, side(height)?, bytes)),
        _ => Err(wrong()),
    }
}
