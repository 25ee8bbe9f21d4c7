//! Bringing MNIST in from files that the user has.

use std::fs;
use std::io::{BufReader, Read};
use std::path::Path;

use super::{Error, File, Store};
use crate::idx::open_gzip;

/// The most members of an archive that are looked at.
const MAX_MEMBERS: usize = 10_000;

impl Store {
    /// Checks and stores, raw, what `paths` hold of MNIST. Each is a folder with
    /// the files, a `.tgz`, `.tar.gz` or `.tar` with them anywhere inside, or one
    /// of the files; each file raw or gzip. Gives the files stored, in order.
    ///
    /// Members of an archive are known by their base names and never written
    /// under their own: an archive cannot write elsewhere.
    ///
    /// # Errors
    ///
    /// The first thing that goes wrong; files stored before it stay. See
    /// [`Error::Hash`], [`Error::TooLong`], [`Error::NothingFound`],
    /// [`Error::Io`].
    pub fn import<P: AsRef<Path>>(&self, paths: &[P]) -> Result<Vec<File>, Error> {
        let mut stored = Vec::new();
        for path in paths {
            let path = path.as_ref();
            let before = stored.len();
            if path.is_dir() {
                self.import_folder(path, &mut stored)?;
            } else {
                self.import_file(path, &mut stored)?;
            }
            if stored.len() == before {
                let path = path.to_path_buf();
                return Err(Error::NothingFound { path });
            }
        }
        Ok(stored)
    }

    fn import_folder(&self, folder: &Path, stored: &mut Vec<File>) -> Result<(), Error> {
        let place = folder.display().to_string();
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(Error::io(&place))? {
            names.push(entry.map_err(Error::io(&place))?.file_name());
        }
        // Sorted, a raw file comes before its packed twin.
        names.sort_unstable();
        for file in File::ALL {
            let name = names
                .iter()
                .find(|name| name.to_str().and_then(File::from_name) == Some(file));
            if let Some(name) = name {
                self.import_file(&folder.join(name), stored)?;
            }
        }
        Ok(())
    }

    fn import_file(&self, path: &Path, stored: &mut Vec<File>) -> Result<(), Error> {
        let place = path.display().to_string();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        let is_archive = [".tgz", ".tar.gz", ".tar"]
            .iter()
            .any(|suffix| name.ends_with(suffix));
        let file = File::from_name(name);
        let opened = fs::File::open(path).map_err(Error::io(&place))?;
        let content = open_gzip(BufReader::new(opened)).map_err(Error::io(&place))?;
        if is_archive {
            self.import_archive(&place, content, stored)?;
        } else if let Some(file) = file {
            self.take(file, &place, content, stored)?;
        }
        Ok(())
    }

    fn import_archive(
        &self,
        place: &str,
        content: impl Read,
        stored: &mut Vec<File>,
    ) -> Result<(), Error> {
        let total: u64 = self.manifest.iter().map(|expected| expected.bytes).sum();
        // Whatever else the archive holds must be unpacked to be skipped.
        let mut archive = tar::Archive::new(content.take(4 * total + (64 << 20)));
        let members = archive.entries().map_err(Error::io(place))?;
        for member in members.take(MAX_MEMBERS) {
            let member = member.map_err(Error::io(place))?;
            if !member.header().entry_type().is_file() {
                continue;
            }
            let path = member.path().map_err(Error::io(place))?.into_owned();
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(file) = name.and_then(File::from_name) else {
                continue;
            };
            let place = format!("{place}: {}", path.display());
            let content = open_gzip(BufReader::new(member)).map_err(Error::io(&place))?;
            self.take(file, &place, content, stored)?;
        }
        Ok(())
    }

    fn take(
        &self,
        file: File,
        place: &str,
        content: impl Read,
        stored: &mut Vec<File>,
    ) -> Result<(), Error> {
        let bytes = self.check(file, place, content)?;
        self.keep(file, &bytes)?;
        if !stored.contains(&file) {
            stored.push(file);
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::store::tests::stand_in;
    use super::super::{Part, Status};
    use super::*;
    use std::io::Write;
    use std::path::PathBuf;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// A tar archive of members, under the very names given.
    pub(crate) fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in members {
            let mut header = tar::Header::new_ustar();
            // Not `set_path`: that one refuses the names an attacker would use.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    struct Place {
        _directory: tempfile::TempDir,
        from: PathBuf,
        store: Store,
        files: [Vec<u8>; 4],
    }

    fn place() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let from = directory.path().join("from");
        fs::create_dir(&from).unwrap();
        let (store, files) = stand_in(&directory.path().join("store"));
        Place {
            _directory: directory,
            from,
            store,
            files,
        }
    }

    impl Place {
        fn assert_complete(&self) {
            for (file, status) in self.store.verify() {
                assert!(matches!(status, Status::Ok), "{file}: {status:?}");
            }
            assert_eq!(self.store.load(Part::Test).unwrap().len(), 5);
        }

        fn named(&self) -> impl Iterator<Item = (File, &[u8])> {
            File::ALL.into_iter().zip(self.files.iter().map(|f| &f[..]))
        }
    }

    #[test]
    fn a_folder_raw_and_packed() {
        let p = place();
        for (i, (file, bytes)) in p.named().enumerate() {
            if i % 2 == 0 {
                fs::write(p.from.join(file.name()), bytes).unwrap();
            } else {
                fs::write(p.from.join(format!("{file}.gz")), gzip(bytes)).unwrap();
            }
        }
        fs::write(p.from.join("readme.md"), "other").unwrap();
        assert_eq!(p.store.import(&[&p.from]).unwrap(), File::ALL);
        p.assert_complete();
    }

    #[test]
    fn a_raw_file_goes_before_its_packed_twin() {
        let p = place();
        fs::write(p.from.join("t10k-labels-idx1-ubyte"), &p.files[3]).unwrap();
        fs::write(p.from.join("t10k-labels-idx1-ubyte.gz"), "broken").unwrap();
        assert_eq!(p.store.import(&[&p.from]).unwrap(), [File::TestLabels]);
    }

    #[test]
    fn single_files() {
        let p = place();
        let paths: Vec<_> = p
            .named()
            .map(|(file, bytes)| {
                let path = p.from.join(format!("{file}.gz"));
                fs::write(&path, gzip(bytes)).unwrap();
                path
            })
            .collect();
        assert_eq!(p.store.import(&paths).unwrap(), File::ALL);
        p.assert_complete();
    }

    #[test]
    fn an_archive_packed_and_plain() {
        let p = place();
        let names = p.named().map(|(file, _)| format!("package/data/{file}"));
        let names: Vec<_> = names.collect();
        let mut members: Vec<(&str, &[u8])> = vec![("package/package.json", b"{}")];
        members.extend(names.iter().zip(p.named()).map(|(n, (_, b))| (&n[..], b)));
        let tar = tar_of(&members);
        for (name, bytes) in [
            ("m.tgz", gzip(&tar)),
            ("m.tar.gz", gzip(&tar)),
            ("m.tar", tar),
        ] {
            let path = p.from.join(name);
            fs::write(&path, bytes).unwrap();
            assert_eq!(p.store.import(&[path]).unwrap(), File::ALL, "{name}");
            p.assert_complete();
            fs::remove_dir_all(p.store.directory()).unwrap();
        }
    }

    #[test]
    fn an_archive_cannot_write_elsewhere() {
        let p = place();
        let tar = tar_of(&[
            ("../../evil", b"evil"),
            ("../../t10k-labels-idx1-ubyte", &p.files[3]),
        ]);
        let path = p.from.join("evil.tar");
        fs::write(&path, tar).unwrap();
        assert_eq!(p.store.import(&[path]).unwrap(), [File::TestLabels]);
        let root = p.from.parent().unwrap();
        assert_eq!(fs::read_dir(p.store.directory()).unwrap().count(), 1);
        let mut inside: Vec<_> = fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        inside.sort();
        assert_eq!(inside, ["from", "store"]);
    }

    #[test]
    fn a_wrong_file_is_named_and_not_stored() {
        let p = place();
        let mut bytes = p.files[1].clone();
        bytes[9] ^= 1;
        let path = p.from.join("train-labels-idx1-ubyte");
        fs::write(&path, &bytes).unwrap();
        let error = p.store.import(&[&path]).unwrap_err();
        assert!(
            matches!(
                &error,
                Error::Hash { place, file: File::TrainLabels, expected, found }
                    if *place == path.display().to_string()
                        && *expected == p.store.manifest[1].sha256
                        && *found == super::super::Digest::of(&bytes)
            ),
            "{error}"
        );
        assert!(!p.store.directory().exists());
    }

    #[test]
    fn a_bomb_is_left_at_the_files_end() {
        let p = place();
        let path = p.from.join("train-labels-idx1-ubyte.gz");
        fs::write(&path, gzip(&vec![0; 1 << 26])).unwrap();
        let error = p.store.import(&[path]).unwrap_err();
        assert!(matches!(error, Error::TooLong { .. }), "{error}");
    }

    #[test]
    fn what_is_not_mnist_is_said_so() {
        let p = place();
        let other = p.from.join("other.gz");
        fs::write(&other, gzip(b"other")).unwrap();
        let archive = p.from.join("other.tar");
        fs::write(&archive, tar_of(&[("a", b"b")])).unwrap();
        for path in [&p.from, &other, &archive] {
            let error = p.store.import(&[path]).unwrap_err();
            assert!(
                matches!(&error, Error::NothingFound { path: named } if named == path),
                "{error}"
            );
        }
        let cut = p.from.join("cut.tgz");
        let whole = gzip(&tar_of(&[("t10k-labels-idx1-ubyte", &p.files[3])]));
        fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
        let missing = p.from.join("missing");
        for path in [&cut, &missing] {
            let error = p.store.import(&[path]).unwrap_err();
            assert!(matches!(error, Error::Io { .. }), "{error}");
            assert!(error.to_string().contains(&path.display().to_string()));
        }
    }
}
