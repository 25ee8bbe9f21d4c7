//! Affine maps about an image's centre.

/// A map of the plane, `p → centre + M (p − centre) + shift`, where the centre is
/// the image's, `x` goes right and `y` down, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    /// `[[xx, xy], [yx, yy]]`: the first row gives the new `x`.
    pub matrix: [[f32; 2]; 2],
    /// `[x, y]` in pixels.
    pub shift: [f32; 2],
}

impl Affine {
    /// The map that leaves all as it is.
    pub const fn identity() -> Self {
        Self {
            matrix: [[1.0, 0.0], [0.0, 1.0]],
            shift: [0.0, 0.0],
        }
    }

    /// Turns clockwise, as seen on the screen.
    pub fn rotation(degrees: f32) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self {
            matrix: [[cos, -sin], [sin, cos]],
            ..Self::identity()
        }
    }

    /// Leans vertical strokes by this angle, to the left at the top for a
    /// positive one.
    pub fn shear(degrees: f32) -> Self {
        Self {
            matrix: [[1.0, degrees.to_radians().tan()], [0.0, 1.0]],
            ..Self::identity()
        }
    }

    /// Enlarges by the factors `[x, y]`.
    pub const fn zoom([x, y]: [f32; 2]) -> Self {
        Self {
            matrix: [[x, 0.0], [0.0, y]],
            ..Self::identity()
        }
    }

    /// This map, then a shift by `[x, y]` pixels.
    #[must_use]
    pub fn shifted(self, [x, y]: [f32; 2]) -> Self {
        Self {
            shift: [self.shift[0] + x, self.shift[1] + y],
            ..self
        }
    }

    /// This map about the point `[x, y]`, as seen from the image's centre, in place of
    /// the centre.
    #[must_use]
    pub(super) fn about(self, [x, y]: [f32; 2]) -> Self {
        self.after(&Self::identity().shifted([-x, -y]))
            .shifted([x, y])
    }

    /// `first`, then this map.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        let [[a, b], [c, d]] = self.matrix;
        let [[e, f], [g, h]] = first.matrix;
        let [x, y] = first.shift;
        Self {
            matrix: [
                [a * e + b * g, a * f + b * h],
                [c * e + d * g, c * f + d * h],
            ],
            shift: [a * x + b * y + self.shift[0], c * x + d * y + self.shift[1]],
        }
    }

    /// The map back, or `None` if this one is flat.
    pub fn inverse(&self) -> Option<Self> {
        let [[a, b], [c, d]] = self.matrix;
        let determinant = a * d - b * c;
        if determinant == 0.0 || !determinant.is_finite() {
            return None;
        }
        let [[a, b], [c, d]] = [
            [d / determinant, -b / determinant],
            [-c / determinant, a / determinant],
        ];
        let [x, y] = self.shift;
        Some(Self {
            matrix: [[a, b], [c, d]],
            shift: [-(a * x + b * y), -(c * x + d * y)],
        })
    }
}

/// The middle of a row of `size` pixels.
pub(super) fn centre(size: usize) -> f32 {
    (size as f32 - 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map([x, y]: [f32; 2], affine: &Affine) -> [f32; 2] {
        let [[a, b], [c, d]] = affine.matrix;
        let [s, t] = affine.shift;
        [a * x + b * y + s, c * x + d * y + t]
    }

    fn any_map() -> impl Strategy<Value = Affine> {
        (
            -180.0..180f32,
            -60.0..60f32,
            0.5..2f32,
            0.5..2f32,
            -9.0..9f32,
        )
            .prop_map(|(rotation, shear, x, y, shift)| {
                Affine::rotation(rotation)
                    .after(&Affine::shear(shear).shifted([1.0, shift]))
                    .after(&Affine::zoom([x, y]))
                    .shifted([shift, 2.0])
            })
    }

    proptest! {
        #[test]
        fn after_is_composition(f in any_map(), g in any_map(), x in -9.0..9f32, y in -9.0..9f32) {
            let both = map([x, y], &f.after(&g));
            let each = map(map([x, y], &g), &f);
            prop_assert!((both[0] - each[0]).abs() < 1e-3 && (both[1] - each[1]).abs() < 1e-3);
        }

        #[test]
        fn inverse_leads_back(f in any_map(), x in -9.0..9f32, y in -9.0..9f32) {
            let back = map(map([x, y], &f), &f.inverse().unwrap());
            prop_assert!((back[0] - x).abs() < 1e-3 && (back[1] - y).abs() < 1e-3);
        }
    }

    #[test]
    fn directions_are_as_documented() {
        // Right (1, 0) turns down (0, 1): clockwise on the screen.
        let [x, y] = map([1.0, 0.0], &Affine::rotation(90.0));
        assert!(x.abs() < 1e-6 && (y - 1.0).abs() < 1e-6);
        // The top (0, -1) leans left.
        let [x, y] = map([0.0, -1.0], &Affine::shear(45.0));
        assert!((x + 1.0).abs() < 1e-6 && y == -1.0);
        assert_eq!(map([1.0, 1.0], &Affine::zoom([2.0, 3.0])), [2.0, 3.0]);
    }

    #[test]
    fn a_flat_map_has_no_inverse() {
        assert_eq!(Affine::zoom([0.0, 1.0]).inverse(), None);
        assert_eq!(Affine::zoom([f32::NAN, 1.0]).inverse(), None);
    }
}
