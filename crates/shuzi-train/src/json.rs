//! JSON files of a run.

use std::{fs, path::Path};

use serde::{Serialize, de::DeserializeOwned};
use shuzi_models::write_atomic;

use crate::error::TrainError;

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, TrainError> {
    let bytes = fs::read(path).map_err(|source| TrainError::Io {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|source| TrainError::Json {
        path: path.to_owned(),
        source,
    })
}

/// The file is whole or the old one.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), TrainError> {
    let mut json = serde_json::to_vec_pretty(value).map_err(|source| TrainError::Json {
        path: path.to_owned(),
        source,
    })?;
    json.push(b'\n');
    write_atomic(path, &json).map_err(|source| TrainError::Io {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number.json");
        // Of these numbers the last is off by one bit without `float_roundtrip`.
        for number in [0.1, 1e-300, 384_915.915_118_342_44_f64] {
            write_json(&path, &number).unwrap();
            let read: f64 = read_json(&path).unwrap();
            assert_eq!(read.to_bits(), number.to_bits(), "{read}, not {number}");
        }
    }
}
