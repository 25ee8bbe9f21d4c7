//! Models that are part of the program.

/// A model's name and its files.
pub(crate) struct Shipped {
    pub(crate) name: &'static str,
    pub(crate) config: &'static [u8],
    pub(crate) weights: &'static [u8],
}

/// Name of the model that is meant where none is named, but for reading.
pub const DEFAULT: &str = "improved-alexnet";

/// Name of the model that reads numbers off pictures.
pub const READER: &str = "reader";

/// Name of the model that it asks about two digits that may touch.
pub const PAIRS: &str = "pairs";

pub(crate) const SHIPPED: [Shipped; 3] = [
    Shipped {
        name: DEFAULT,
        config: include_bytes!("../../../models/improved-alexnet/config.json"),
        weights: include_bytes!("../../../models/improved-alexnet/model.safetensors"),
    },
    Shipped {
        name: READER,
        config: include_bytes!("../../../models/reader/config.json"),
        weights: include_bytes!("../../../models/reader/model.safetensors"),
    },
    Shipped {
        name: PAIRS,
        config: include_bytes!("../../../models/pairs/config.json"),
        weights: include_bytes!("../../../models/pairs/model.safetensors"),
    },
];

/// Names of the shipped models.
pub fn shipped_names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|shipped| shipped.name)
}
