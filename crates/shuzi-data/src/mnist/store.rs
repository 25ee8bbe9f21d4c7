//! The folder that holds MNIST.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::file::{MNIST, Manifest};
use super::{Digest, Error, File, Part};
use crate::dataset::{Dataset, DatasetError};
use crate::file::write_atomically;
use crate::idx::{self, Images, Labels};
use crate::scheme::ClassScheme;

/// The environment variable that names the folder of MNIST.
pub const DATA_VARIABLE: &str = "SHUZI_DATA";

/// The folder that holds the four raw files of MNIST.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
    pub(crate) manifest: Manifest,
}

/// How one file of a [`Store`] stands.
#[derive(Debug)]
#[non_exhaustive]
pub enum Status {
    /// It is there and its hash is right.
    Ok,
    /// It is not there.
    Missing,
    /// It is there, but it is something else.
    WrongHash {
        /// The pinned SHA-256.
        expected: Digest,
        /// That of the file.
        found: Digest,
    },
    /// It is there and cannot be read.
    Unreadable(io::Error),
}

impl Store {
    /// The store of this user: the folder that `SHUZI_DATA` names if it is set
    /// and not empty, else `shuzi/mnist` in the user's cache directory.
    ///
    /// # Errors
    ///
    /// [`Error::NoHome`] if neither is known.
    pub fn from_environment() -> Result<Self, Error> {
        Self::chosen(env::var_os(DATA_VARIABLE))
    }

    fn chosen(named: Option<OsString>) -> Result<Self, Error> {
        if let Some(named) = named.filter(|name| !name.is_empty()) {
            return Ok(Self::at(named));
        }
        let user = etcetera::choose_base_strategy().map_err(|_| Error::NoHome)?;
        Ok(Self::at(user.cache_dir().join("shuzi").join("mnist")))
    }

    /// The store in `directory`, which need not be there yet.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            manifest: MNIST,
        }
    }

    /// The folder.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where `file` stands.
    pub fn path(&self, file: File) -> PathBuf {
        self.directory.join(file.name())
    }

    /// How each of the four files stands.
    pub fn verify(&self) -> [(File, Status); 4] {
        File::ALL.map(|file| (file, self.status(file)))
    }

    /// Loads a part, after checking its hashes.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] says how to get the data; [`Error::Hash`] or
    /// [`Error::TooLong`] if a file is not MNIST's.
    pub fn load(&self, part: Part) -> Result<Dataset, Error> {
        let [images, labels] = part.files();
        let named = |file| {
            let path = self.path(file);
            move |error: idx::Error| DatasetError::from(error.in_file(&path))
        };
        let bytes = self.read(images)?;
        let images = Images::from_reader(&bytes[..]).map_err(named(images))?;
        let bytes = self.read(labels)?;
        let labels = Labels::from_reader(&bytes[..]).map_err(named(labels))?;
        Ok(Dataset::new(images, labels, ClassScheme::Digits)?)
    }

    pub(crate) fn status(&self, file: File) -> Status {
        match self.read(file) {
            Ok(_) => Status::Ok,
            Err(Error::Missing { .. }) => Status::Missing,
            Err(Error::Hash {
                expected, found, ..
            }) => Status::WrongHash { expected, found },
            Err(Error::Io { error, .. }) => Status::Unreadable(error),
            Err(other) => Status::Unreadable(io::Error::other(other)),
        }
    }

    /// The checked bytes of a stored file.
    fn read(&self, file: File) -> Result<Vec<u8>, Error> {
        let path = self.path(file);
        let place = path.display().to_string();
        match fs::File::open(&path) {
            Ok(opened) => self.check(file, &place, opened),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Missing { path }),
            Err(error) => Err(Error::Io { place, error }),
        }
    }

    /// Takes no more of `reader` than `file` has, and checks it. `place` is what
    /// an error names.
    pub(crate) fn check(
        &self,
        file: File,
        place: &str,
        reader: impl Read,
    ) -> Result<Vec<u8>, Error> {
        let expected = file.expected(&self.manifest);
        let mut bytes = Vec::new();
        reader
            .take(expected.bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(Error::io(place))?;
        if bytes.len() as u64 > expected.bytes {
            return Err(Error::TooLong {
                place: place.to_owned(),
                file,
                expected: expected.bytes,
            });
        }
        let found = Digest::of(&bytes);
        if found != expected.sha256 {
            return Err(Error::Hash {
                place: place.to_owned(),
                file,
                expected: expected.sha256,
                found,
            });
        }
        Ok(bytes)
    }

    /// Stores bytes that [`check`](Self::check) gave.
    pub(crate) fn keep(&self, file: File, bytes: &[u8]) -> Result<(), Error> {
        fs::create_dir_all(&self.directory)
            .map_err(Error::io(self.directory.display().to_string()))?;
        let path = self.path(file);
        write_atomically(&path, |out| out.write_all(bytes))
            .map_err(Error::io(path.display().to_string()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::file::Expected;
    use super::*;
    use crate::idx::Compression;

    /// A tiny stand-in for MNIST: the raw bytes of its files, and a store in
    /// `directory` that expects them.
    pub(crate) fn stand_in(directory: &Path) -> (Store, [Vec<u8>; 4]) {
        let part = |n: usize| {
            let (mut images, mut labels) = (Vec::new(), Vec::new());
            let pixels = (0..n * 6).map(|i| i as u8).collect();
            Images::new(2, 3, pixels)
                .unwrap()
                .to_writer(&mut images, Compression::None)
                .unwrap();
            Labels::new((0..n).map(|i| (i % 10) as u8).collect())
                .unwrap()
                .to_writer(&mut labels, Compression::None)
                .unwrap();
            [images, labels]
        };
        let [[a, b], [c, d]] = [part(12), part(5)];
        let files = [a, b, c, d];
        let manifest = files.each_ref().map(|bytes| Expected {
            bytes: bytes.len() as u64,
            sha256: Digest::of(bytes),
        });
        let store = Store {
            manifest,
            ..Store::at(directory)
        };
        (store, files)
    }

    #[test]
    fn the_variable_overrides_the_cache_directory() {
        let store = Store::chosen(Some("/data".into())).unwrap();
        assert_eq!(store.directory(), Path::new("/data"));
        for named in [None, Some(OsString::new())] {
            let store = Store::chosen(named).unwrap();
            assert!(store.directory().is_absolute());
            assert!(store.directory().ends_with("shuzi/mnist"));
        }
    }

    #[test]
    fn stored_files_load() {
        let directory = tempfile::tempdir().unwrap();
        let (store, files) = stand_in(&directory.path().join("new/folder"));
        for (file, bytes) in File::ALL.into_iter().zip(&files) {
            assert!(matches!(store.status(file), Status::Missing));
            store.keep(file, bytes).unwrap();
            assert!(matches!(store.status(file), Status::Ok));
        }
        assert_eq!(store.load(Part::Train).unwrap().len(), 12);
        assert_eq!(store.load(Part::Test).unwrap().len(), 5);
    }

    #[test]
    fn a_missing_file_says_how_to_get_it() {
        let directory = tempfile::tempdir().unwrap();
        let error = Store::at(directory.path()).load(Part::Test).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("t10k-images-idx3-ubyte"), "{text}");
        assert!(text.contains("`shuzi data get`"), "{text}");
        assert!(text.contains("`shuzi data import PATH`"), "{text}");
    }

    #[test]
    fn a_changed_file_is_not_loaded() {
        let directory = tempfile::tempdir().unwrap();
        let (store, mut files) = stand_in(directory.path());
        files[2][20] ^= 1;
        for (file, bytes) in File::ALL.into_iter().zip(&files) {
            store.keep(file, bytes).unwrap();
        }
        let text = store.load(Part::Test).unwrap_err().to_string();
        assert!(text.contains("t10k-images-idx3-ubyte"), "{text}");
        assert!(
            text.contains(&store.manifest[2].sha256.to_string()),
            "{text}"
        );
        assert!(text.contains(&Digest::of(&files[2]).to_string()), "{text}");
        let [.., (_, status), _] = store.verify();
        assert!(matches!(status, Status::WrongHash { .. }), "{status:?}");

        store.keep(File::TestImages, &[0; 999]).unwrap();
        assert!(matches!(
            store.load(Part::Test),
            Err(Error::TooLong {
                file: File::TestImages,
                ..
            })
        ));
    }

    #[test]
    fn a_folder_in_the_place_of_a_file_is_unreadable() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::at(directory.path());
        fs::create_dir(store.path(File::TrainLabels)).unwrap();
        let [_, (_, status), ..] = store.verify();
        assert!(matches!(status, Status::Unreadable(_)), "{status:?}");
    }
}
