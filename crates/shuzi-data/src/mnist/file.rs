//! The four files of MNIST and what is known of them.

use std::fmt;

use super::Digest;

/// A part of MNIST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// 60,000 training samples.
    Train,
    /// 10,000 test samples.
    Test,
}

/// One of the four files of MNIST; displayed as its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// `train-images-idx3-ubyte`
    TrainImages,
    /// `train-labels-idx1-ubyte`
    TrainLabels,
    /// `t10k-images-idx3-ubyte`
    TestImages,
    /// `t10k-labels-idx1-ubyte`
    TestLabels,
}

/// What a file must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    /// Length of the raw file.
    pub(crate) bytes: u64,
    /// SHA-256 of the raw file.
    pub(crate) sha256: Digest,
}

/// What the four files must be, in the order of [`File::ALL`].
pub(crate) type Manifest = [Expected; 4];

/// The true MNIST.
pub(crate) const MNIST: Manifest = [
    Expected {
        bytes: 47_040_016,
        sha256: Digest::pinned("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    },
    Expected {
        bytes: 60_008,
        sha256: Digest::pinned("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    },
    Expected {
        bytes: 7_840_016,
        sha256: Digest::pinned("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    },
    Expected {
        bytes: 10_008,
        sha256: Digest::pinned("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    },
];

impl File {
    /// All four.
    pub const ALL: [Self; 4] = [
        Self::TrainImages,
        Self::TrainLabels,
        Self::TestImages,
        Self::TestLabels,
    ];

    /// Its name, raw.
    pub fn name(self) -> &'static str {
        match self {
            Self::TrainImages => "train-images-idx3-ubyte",
            Self::TrainLabels => "train-labels-idx1-ubyte",
            Self::TestImages => "t10k-images-idx3-ubyte",
            Self::TestLabels => "t10k-labels-idx1-ubyte",
        }
    }

    /// The file that `name` is the name of: raw, with `.gz`, or with a dot in
    /// place of the second dash (`train-images.idx3-ubyte`), as some copies have
    /// it.
    pub fn from_name(name: &str) -> Option<Self> {
        let raw = name.strip_suffix(".gz").unwrap_or(name);
        let raw = raw.replace(".idx", "-idx");
        Self::ALL.into_iter().find(|file| file.name() == raw)
    }

    /// Its SHA-256, raw.
    pub fn sha256(self) -> Digest {
        self.expected(&MNIST).sha256
    }

    pub(crate) fn expected(self, manifest: &Manifest) -> Expected {
        manifest[self as usize]
    }
}

impl Part {
    /// Its images and its labels.
    pub fn files(self) -> [File; 2] {
        match self {
            Self::Train => [File::TrainImages, File::TrainLabels],
            Self::Test => [File::TestImages, File::TestLabels],
        }
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_files() {
        for file in File::ALL {
            assert_eq!(File::from_name(file.name()), Some(file));
            let gz = format!("{file}.gz");
            assert_eq!(File::from_name(&gz), Some(file));
        }
        assert_eq!(
            File::from_name("t10k-labels.idx1-ubyte"),
            Some(File::TestLabels)
        );
        assert_eq!(File::from_name("labels"), None);
    }

    #[test]
    fn lengths_are_those_of_28_by_28_images() {
        for (file, n) in [(File::TrainImages, 60_000), (File::TestImages, 10_000)] {
            assert_eq!(file.expected(&MNIST).bytes, 16 + 784 * n);
        }
        for (file, n) in [(File::TrainLabels, 60_000), (File::TestLabels, 10_000)] {
            assert_eq!(file.expected(&MNIST).bytes, 8 + n);
        }
    }
}
