//! Maps on their way through a network whose shapes are found out.

use serde::{Deserialize, Serialize};

use super::{ArchitectureError, value};
use crate::Shape;

/// Which widths the images of a network may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Width {
    /// That of the input's shape.
    #[default]
    Fixed,
    /// Any; that of the input's shape stands for the others where shapes and costs
    /// are told. No layer may depend on it, and the output is a sequence: one row of
    /// `frames` positions, each with a value a class.
    Dynamic,
}

impl Width {
    /// Whether there is one alone.
    pub fn is_fixed(&self) -> bool {
        *self == Self::Fixed
    }
}

/// A shape and where its values come from.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) shape: Shape,
    /// The maps whose flattened values, one after the other, make it up.
    pub(crate) maps: Vec<Shape>,
    /// Which widths the network's images have.
    pub(crate) width: Width,
}

impl Flow {
    /// The images of a network.
    pub(crate) fn of(shape: Shape, width: Width) -> Self {
        Self {
            shape,
            maps: vec![shape],
            width,
        }
    }

    /// A map that a layer makes of this one.
    pub(crate) fn then(&self, shape: Shape) -> Self {
        Self::of(shape, self.width)
    }

    /// Fails unless neighbouring channels are values of one position.
    pub(crate) fn expect_map(&self, path: &str) -> Result<(), ArchitectureError> {
        if self.shape.positions() == 1 && self.maps.iter().any(|map| map.positions() > 1) {
            let got = format!("{}, a flattened map", self.shape);
            return Err(value(path, "input", "a map", got));
        }
        Ok(())
    }

    /// Fails if images may have any width.
    pub(crate) fn expect_fixed_width(&self, path: &str) -> Result<(), ArchitectureError> {
        if self.width.is_fixed() {
            return Ok(());
        }
        Err(value(path, "width", "fixed", "dynamic"))
    }
}
