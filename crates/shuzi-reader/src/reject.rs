//! Why a number is not accepted.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{
    binarize::Ink, image::rectangle::Rectangle, segment::components::Components,
    segment::components::Region,
};

/// A reason not to accept a number. As JSON: `{"kind": …, "message": …}`, the
/// message being one sentence.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum RejectReason {
    /// The image shows no digit.
    Nothing,
    /// What it shows can't be a number that obeys the constraints.
    NoSuchNumber,
    /// It is less likely right than was asked for.
    BelowConfidence {
        /// How likely it is right.
        confidence: f32,
        /// The least that was asked for.
        least: f32,
    },
    /// A digit is so wide that it may be several. Said as [`RejectReason::FrameTouches`].
    TwoInOne {
        /// Which, from 1.
        position: usize,
    },
    /// Ink as high as a digit was taken for no digit.
    LeftOut {
        /// How many pieces.
        pieces: usize,
    },
    /// There are printed cells, and not as many as were asked for.
    OtherCells {
        /// How many there are.
        printed: usize,
        /// How many were asked for.
        asked: usize,
    },
    /// A cell between others that have a digit has none, by the lattice alone.
    EmptyCell {
        /// Which, from 1.
        cell: usize,
    },
    /// A digit is so far from the one before it that they are of two numbers.
    FarApart {
        /// Which, from 1.
        position: usize,
        /// Their distance in heights of the higher one.
        heights: f64,
    },
    /// Ink in or beside the number that is no digit of it, no sign and no print.
    InkNotExplained {
        /// Where, in pixels of the image.
        bounds: Rectangle,
    },
    /// A line goes through the digits.
    Struck {
        /// Where, in pixels of the image.
        bounds: Rectangle,
    },
    /// Print that was taken out ran into a digit. Said only of a number that is
    /// refused for something else: it may be why.
    FrameTouches {
        /// Which, from 1.
        position: usize,
    },
    /// A digit's strokes are so thin that the image hardly shows them. Said as
    /// [`RejectReason::FrameTouches`].
    TooThin {
        /// Which digit, from 1.
        position: usize,
        /// Their width in pixels of the image.
        pixels: f64,
    },
}

impl RejectReason {
    /// A short name of the reason.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::NoSuchNumber => "no-such-number",
            Self::BelowConfidence { .. } => "below-confidence",
            Self::TwoInOne { .. } => "two-in-one",
            Self::LeftOut { .. } => "left-out",
            Self::OtherCells { .. } => "other-cells",
            Self::EmptyCell { .. } => "empty-cell",
            Self::FarApart { .. } => "far-apart",
            Self::InkNotExplained { .. } => "ink-not-explained",
            Self::Struck { .. } => "struck",
            Self::FrameTouches { .. } => "frame-touches",
            Self::TooThin { .. } => "too-thin",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => to.write_str("nothing there"),
            Self::NoSuchNumber => to.write_str("no number that obeys the constraints"),
            Self::BelowConfidence { confidence, least } => write!(
                to,
                "right with {:.1} %, asked for {:.1} %",
                100.0 * confidence,
                100.0 * least
            ),
            Self::TwoInOne { position } => write!(to, "digit {position}: two digits in one"),
            Self::LeftOut { pieces: 1 } => to.write_str("ink as high as a digit left out"),
            Self::LeftOut { pieces } => {
                write!(to, "ink as high as a digit left out: {pieces} pieces")
            }
            Self::OtherCells { printed, asked } => {
                write!(to, "{printed} printed cells, asked for {asked}")
            }
            Self::EmptyCell { cell } => write!(to, "cell {cell}: empty between digits"),
            Self::FarApart { position, heights } => write!(
                to,
                "digit {position}: {heights:.1} heights from the one before, of another number"
            ),
            Self::InkNotExplained { bounds } => {
                let Rectangle {
                    x,
                    y,
                    width,
                    height,
                } = bounds;
                write!(to, "ink not explained at {x},{y}: {width}×{height} px")
            }
            Self::Struck { bounds } => {
                let Rectangle {
                    x,
                    y,
                    width,
                    height,
                } = bounds;
                write!(to, "struck out at {x},{y}: {width}×{height} px")
            }
            Self::FrameTouches { position } => {
                write!(to, "digit {position}: frame touches the digit")
            }
            Self::TooThin { position, pixels } => {
                write!(to, "digit {position}: too thin: {pixels:.1} px")
            }
        }
    }
}

impl Serialize for RejectReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("RejectReason", 2)?;
        fields.serialize_field("kind", self.kind())?;
        fields.serialize_field("message", &self.to_string())?;
        fields.end()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for RejectReason {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::{Object, ObjectBuilder, Type};
        let text = || Object::with_type(Type::String);
        ObjectBuilder::new()
            .property("kind", text())
            .required("kind")
            .property("message", text())
            .required("message")
            .description(Some("A reason not to accept a number"))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for RejectReason {}

/// Width of a digit, in heights, beyond which it may be several that touch: 86 of MNIST's
/// 60,000 training images are wider.
const WIDEST: f64 = 1.7;

/// Width of strokes, in pixels of the image, under which they are too thin.
const THIN: f64 = 1.6;

/// What of its looks may be why the digit at `position` (from 1) is read badly.
/// `printed` are the pixels of print that was taken out, `scale` how many pixels
/// of the image one of the ink is.
pub(crate) fn looks(
    (ink, components): (&Ink, &Components),
    printed: &[usize],
    region: &Region,
    scale: f64,
    position: usize,
) -> Vec<RejectReason> {
    let mut found = Vec::new();
    let own = |at: usize| region.labels.contains(&components.labels[at]);
    let bounds = &region.bounds;
    let beside = |at: &usize| {
        let (x, y) = (at % ink.width, at / ink.width);
        let columns = x.saturating_sub(2)..(x + 3).min(ink.width);
        let near = (bounds.x..bounds.right() + 4).contains(&(x + 2))
            && (bounds.y..bounds.bottom() + 4).contains(&(y + 2));
        near && (y.saturating_sub(2)..(y + 3).min(ink.height))
            .any(|y| columns.clone().any(|x| own(y * ink.width + x)))
    };
    if bounds.width as f64 > WIDEST * bounds.height as f64 {
        found.push(RejectReason::TwoInOne { position });
    }
    if printed.iter().any(beside) {
        found.push(RejectReason::FrameTouches { position });
    }
    // A stroke has an edge on either side: its width is its ink over half of that.
    let (mut mass, mut edges) = (0.0, 0usize);
    for y in bounds.y..bounds.bottom() {
        for x in bounds.x..bounds.right() {
            let at = y * ink.width + x;
            if !own(at) {
                continue;
            }
            mass += f64::from(ink.coverage[at]) / 255.0;
            let solid = |at: usize| own(at) && ink.coverage[at] >= Ink::EDGE;
            let around = [
                (x > 0).then(|| at - 1),
                (x + 1 < ink.width).then_some(at + 1),
                (y > 0).then(|| at.saturating_sub(ink.width)),
                (y + 1 < ink.height).then_some(at + ink.width),
            ];
            if solid(at) {
                let open = around.iter().filter(|beside| !beside.is_some_and(solid));
                edges += open.count();
            }
        }
    }
    let pixels = 2.0 * mass / edges.max(1) as f64 * scale;
    if pixels < THIN {
        found.push(RejectReason::TooThin { position, pixels });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{binarize::tests::ink_of, segment::components::tests::find_components};

    #[test]
    fn thin_strokes_and_print_beside_them_are_named() {
        let rows = [
            "..........",
            ".#....###.",
            ".#....###.",
            ".#....###.",
            "..........",
        ];
        let ink = ink_of(&rows, 4);
        let components = find_components(&ink);
        let first = &components.regions[0];
        let mut wide = first.clone();
        wide.bounds.width = 2 * wide.bounds.height;
        for (region, named) in [(first, false), (&wide, true)] {
            let found = looks((&ink, &components), &[], region, 1.0, 1);
            assert_eq!(
                found.contains(&RejectReason::TwoInOne { position: 1 }),
                named
            );
        }
        for (scale, thin) in [(0.2, true), (1.0, false)] {
            let found = looks((&ink, &components), &[], first, scale, 1);
            assert_eq!(
                found.iter().any(|r| r.kind() == "too-thin"),
                thin,
                "{found:?}"
            );
        }
        // Two columns off, and seven.
        for (column, touches) in [(9, true), (14, false)] {
            let printed = [8 * ink.width + column];
            let found = looks((&ink, &components), &printed, first, 1.0, 1);
            let named = found.contains(&RejectReason::FrameTouches { position: 1 });
            assert_eq!(named, touches, "{column}");
        }
    }

    #[test]
    fn each_is_one_sentence() {
        for (refusal, kind, message) in [
            (RejectReason::Nothing, "nothing", "nothing there"),
            (
                RejectReason::TwoInOne { position: 2 },
                "two-in-one",
                "digit 2: two digits in one",
            ),
            (
                RejectReason::OtherCells {
                    printed: 6,
                    asked: 5,
                },
                "other-cells",
                "6 printed cells, asked for 5",
            ),
            (
                RejectReason::FarApart {
                    position: 2,
                    heights: 4.4,
                },
                "far-apart",
                "digit 2: 4.4 heights from the one before, of another number",
            ),
            (
                RejectReason::TooThin {
                    position: 1,
                    pixels: 1.04,
                },
                "too-thin",
                "digit 1: too thin: 1.0 px",
            ),
        ] {
            assert_eq!(
                (refusal.kind(), refusal.to_string().as_str()),
                (kind, message)
            );
        }
    }
}
