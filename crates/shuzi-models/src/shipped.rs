//! Models that are part of the program: those of the features that are on.

/// A model's name and its files.
pub(crate) struct Shipped {
    pub(crate) name: &'static str,
    pub(crate) config: &'static [u8],
    pub(crate) weights: &'static [u8],
}

/// Name of the model that is meant where none is named, but for reading; feature
/// `improved-alexnet`.
pub const DEFAULT: &str = "improved-alexnet";

/// Name of the model that reads numbers off pictures; feature `reader`.
pub const READER: &str = "reader";

/// Name of the model that it asks about two digits that may touch; feature `pairs`.
pub const PAIRS: &str = "pairs";

/// Name of the model that reads whole text lines; feature `line`.
pub const LINE: &str = "line";

pub(crate) static SHIPPED: &[Shipped] = &[
    #[cfg(feature = "improved-alexnet")]
    Shipped {
        name: DEFAULT,
        config: shuzi_weights_improved_alexnet::CONFIG,
        weights: shuzi_weights_improved_alexnet::WEIGHTS,
    },
    #[cfg(feature = "reader")]
    Shipped {
        name: READER,
        config: shuzi_weights_reader::CONFIG,
        weights: shuzi_weights_reader::WEIGHTS,
    },
    #[cfg(feature = "pairs")]
    Shipped {
        name: PAIRS,
        config: shuzi_weights_pairs::CONFIG,
        weights: shuzi_weights_pairs::WEIGHTS,
    },
    #[cfg(feature = "line")]
    Shipped {
        name: LINE,
        config: shuzi_weights_line::CONFIG,
        weights: shuzi_weights_line::WEIGHTS,
    },
];

/// Names of the shipped models.
pub fn shipped_names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|shipped| shipped.name)
}
