//! A folder of pictures and a list of what they show.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use shuzi_data::Dataset;

use super::{StringsConfig, string_image};
use crate::{error::SynthError, jpeg::jpeg};

/// Name of the list: a line for each picture, its file and its digits, between them a
/// tab, under the header `file` and `label`.
pub const LABELS_FILE: &str = "labels.tsv";

/// Makes a folder for pictures if need be: where its list goes and where the pictures do.
///
/// # Errors
///
/// [`SynthError::Exists`] if the list is there already, or if a folder can't be made.
pub(crate) fn new_folder(folder: &Path) -> Result<[PathBuf; 2], SynthError> {
    let list = folder.join(LABELS_FILE);
    if list.exists() {
        return Err(SynthError::Exists { path: list });
    }
    let images = folder.join("images");
    fs::create_dir_all(&images).map_err(|source| SynthError::io(&images, source))?;
    Ok([list, images])
}

/// Writes the first `count` pictures of `config` as JPEGs of `quality` 1 to 100 to
/// `images/` in `folder`, which is made if need be, and beside it [`LABELS_FILE`], whose
/// path is given back. The work is done on the threads of the caller's pool.
///
/// # Errors
///
/// [`SynthError::Exists`] if the list is there already, or if something can't be written.
pub fn write_folder(
    folder: &Path,
    data: &Dataset,
    config: &StringsConfig,
    count: u32,
    quality: u8,
) -> Result<PathBuf, SynthError> {
    let [list, images] = new_folder(folder)?;
    let label = |index: u32| {
        let image = string_image(data, config, u64::from(index));
        let bytes = jpeg(&image.pixels, [image.height, image.width], quality)?;
        let path = images.join(name(index));
        fs::write(&path, bytes).map_err(|source| SynthError::io(path, source))?;
        Ok(image.label)
    };
    let labels: Result<Vec<String>, SynthError> = (0..count).into_par_iter().map(label).collect();
    let mut text = String::from("file\tlabel\n");
    for (index, label) in (0..).zip(&labels?) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "images/{}\t{label}", name(index));
    }
    fs::write(&list, text).map_err(|source| SynthError::io(&list, source))?;
    Ok(list)
}

fn name(index: u32) -> String {
    format!("{index:05}.jpg")
}

#[cfg(test)]
mod tests {
    use shuzi_data::fixture;

    use super::*;
    use crate::strings::Content;

    #[test]
    fn a_folder_has_a_line_for_each_picture_and_is_not_written_over() {
        let (_, data) = fixture::load();
        let config = StringsConfig {
            content: Content::Digits,
            lengths: 2..=3,
            seed: 1,
        };
        let folder = tempfile::tempdir().unwrap();
        let write = || write_folder(folder.path(), &data, &config, 3, 60);
        let list = write().unwrap();
        let text = fs::read_to_string(list).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("file\tlabel"));
        for index in 0..3u32 {
            let (file, label) = lines.next().unwrap().split_once('\t').unwrap();
            assert_eq!(label, string_image(&data, &config, index.into()).label);
            assert!(image::open(folder.path().join(file)).is_ok(), "{file}");
        }
        assert_eq!(lines.next(), None);
        assert!(matches!(write(), Err(SynthError::Exists { .. })));
    }
}
