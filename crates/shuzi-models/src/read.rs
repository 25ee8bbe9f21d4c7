//! Reading a model's files, with limits.

use std::{fs::File, io::Read, path::Path};

use crate::error::ModelError;

/// All bytes of a file, if there are at most `limit`.
pub(crate) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, ModelError> {
    let at = |source| ModelError::Io {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(at)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(at)?;
    if bytes.len() as u64 > limit {
        return Err(ModelError::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}
