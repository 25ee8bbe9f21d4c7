//! Writing IDX.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::GzBuilder;

use super::{Error, IMAGES_MAGIC, Images, LABELS_MAGIC, Labels};
use crate::file::write_atomically;

/// Whether a written file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As it is.
    None,
    /// By gzip. The same data gives the same bytes: no time, no name inside.
    Gzip,
}

/// Writes images as an IDX file: whole or not at all.
///
/// # Errors
///
/// An [`Error`] that names the file.
pub fn write_images(path: &Path, images: &Images, compression: Compression) -> Result<(), Error> {
    write_atomically(path, |file| {
        buffered(file, |w| images.to_writer(w, compression))
    })
    .map_err(|error| Error::from(error).in_file(path))
}

/// Writes labels as an IDX file: whole or not at all.
///
/// # Errors
///
/// An [`Error`] that names the file.
pub fn write_labels(path: &Path, labels: &Labels, compression: Compression) -> Result<(), Error> {
    write_atomically(path, |file| {
        buffered(file, |w| labels.to_writer(w, compression))
    })
    .map_err(|error| Error::from(error).in_file(path))
}

impl Images {
    /// Writes the images as IDX.
    ///
    /// # Errors
    ///
    /// What the writer gives.
    pub fn to_writer(&self, writer: impl Write, compression: Compression) -> io::Result<()> {
        let sizes = [self.count(), self.height(), self.width()];
        write(writer, compression, IMAGES_MAGIC, &sizes, self.pixels())
    }
}

impl Labels {
    /// Writes the labels as IDX.
    ///
    /// # Errors
    ///
    /// What the writer gives.
    pub fn to_writer(&self, writer: impl Write, compression: Compression) -> io::Result<()> {
        let values = self.values();
        write(writer, compression, LABELS_MAGIC, &[values.len()], values)
    }
}

fn buffered(
    file: &mut File,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut writer = BufWriter::new(file);
    write(&mut writer)?;
    writer.flush()
}

fn write(
    mut writer: impl Write,
    compression: Compression,
    magic: u32,
    sizes: &[usize],
    data: &[u8],
) -> io::Result<()> {
    match compression {
        Compression::None => {
            write_header(&mut writer, magic, sizes)?;
            writer.write_all(data)
        }
        Compression::Gzip => {
            let mut encoder = GzBuilder::new().write(writer, flate2::Compression::best());
            write_header(&mut encoder, magic, sizes)?;
            encoder.write_all(data)?;
            encoder.finish().map(drop)
        }
    }
}

fn write_header(writer: &mut impl Write, magic: u32, sizes: &[usize]) -> io::Result<()> {
    writer.write_all(&magic.to_be_bytes())?;
    for &size in sizes {
        // No axis is longer than the data, which is at most 1 GiB.
        let size = u32::try_from(size).map_err(io::Error::other)?;
        writer.write_all(&size.to_be_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{read_images, read_labels};
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_format() {
        let images = Images::new(1, 2, vec![5, 6]).unwrap();
        let mut bytes = Vec::new();
        images.to_writer(&mut bytes, Compression::None).unwrap();
        assert_eq!(
            bytes,
            [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6]
        );
        let mut bytes = Vec::new();
        let labels = Labels::new(vec![7]).unwrap();
        labels.to_writer(&mut bytes, Compression::None).unwrap();
        assert_eq!(bytes, [0, 0, 8, 1, 0, 0, 0, 1, 7]);
    }

    #[test]
    fn files_come_back_whatever_their_names() {
        let directory = tempfile::tempdir().unwrap();
        let images = Images::new(2, 3, (0..12).collect()).unwrap();
        let labels = Labels::new(vec![3, 4]).unwrap();
        for compression in [Compression::None, Compression::Gzip] {
            let path = directory.path().join("file");
            write_images(&path, &images, compression).unwrap();
            let packed = std::fs::read(&path).unwrap().starts_with(&[0x1f, 0x8b]);
            assert_eq!(packed, compression == Compression::Gzip);
            assert_eq!(read_images(&path).unwrap(), images);
            write_labels(&path, &labels, compression).unwrap();
            assert_eq!(read_labels(&path).unwrap(), labels);
        }
    }

    #[test]
    fn an_error_names_the_file() {
        let path = Path::new("no/such/folder/file");
        let labels = Labels::new(vec![3]).unwrap();
        let error = write_labels(path, &labels, Compression::None).unwrap_err();
        assert_eq!(error.file(), Some(path));
    }
}
