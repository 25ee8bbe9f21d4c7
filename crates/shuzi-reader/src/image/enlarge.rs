//! Small pictures at a larger size.

use serde::{Deserialize, Serialize};

use crate::image::decode::{Limits, Picture};

/// What is done with decoded pixels before any stage sees them. How large pictures are shrunk
/// says [`Limits::working_pixels`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageParams {
    /// Small pictures are enlarged. Off: they are taken as they are.
    pub enlargement: Option<EnlargementParams>,
}

impl Default for ImageParams {
    /// All rules, each as it is by default.
    fn default() -> Self {
        Self {
            enlargement: Some(EnlargementParams::default()),
        }
    }
}

/// Which pictures are enlarged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnlargementParams {
    /// Shorter side in pixels below which a picture is enlarged to twice its size.
    pub small: usize,
    /// Shorter side in pixels below which it is enlarged to four times.
    pub tiny: usize,
    /// Most pixels that an enlarged picture has; if it would have more, it stays as it is.
    pub most: usize,
}

impl Default for EnlargementParams {
    /// Guesses: digits of some twenty pixels can then be told apart and cut at parts of a pixel.
    fn default() -> Self {
        Self {
            small: 100,
            tiny: 32,
            most: Limits::default().working_pixels,
        }
    }
}

impl Picture {
    /// The picture at twice its size if it is small, at four times if it is tiny: digits of
    /// some twenty pixels can then be told apart and cut at parts of a pixel.
    #[must_use]
    pub fn enlarged(mut self, params: &EnlargementParams) -> Self {
        let (width, height) = (self.width, self.height);
        let times = match width.min(height) {
            side if side < params.tiny => 4,
            side if side < params.small => 2,
            _ => 1,
        };
        if times > 1 && times * times * width * height <= params.most {
            self.resize([times * width, times * height]);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_enlarged_and_tiny_ones_more() {
        for (side, times) in [(1, 4), (31, 4), (32, 2), (99, 2), (100, 1)] {
            let picture = Picture {
                width: 120,
                height: side,
                pixels: vec![7; 120 * side],
                original_width: 120,
                original_height: side,
            };
            let enlarged = picture.enlarged(&EnlargementParams::default());
            assert_eq!(
                (enlarged.width, enlarged.height),
                (120 * times, side * times)
            );
            assert_eq!(enlarged.pixels.len(), enlarged.width * enlarged.height);
            assert_eq!(enlarged.original_height, side);
        }
    }
}
