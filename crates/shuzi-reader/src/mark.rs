//! What a mark of ink is that is no digit.

use serde::Serialize;
use shuzi_line::Symbol;

use crate::image::rectangle::Rectangle;

/// A mark of ink that is no digit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mark {
    /// What it is.
    pub role: Role,
    /// Where it is in the image, upright, in pixels.
    #[serde(rename = "box")]
    #[cfg_attr(feature = "openapi", schema(value_type = [usize; 4]))]
    pub bounds: Rectangle,
    /// Probability of the role, by its size, place and shape.
    pub confidence: f32,
}

/// What a mark may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub enum Role {
    /// `-`, or what fills the place behind a number.
    Minus,
    /// `+`
    Plus,
    /// `.`
    Point,
    /// `,`
    Comma,
    /// `·`
    MiddleDot,
    /// `:`
    Colon,
    /// `/`
    Slash,
    /// `×`
    Times,
    /// `÷`
    Division,
    /// `=`
    Equals,
    /// `%`
    Percent,
    /// Letters and other signs that are none of a number: units, currencies, words.
    Letter,
    /// A printed or drawn line.
    Ruling,
    /// A frame around digits.
    Box,
    /// A dark edge of the picture: a gutter, a desk, a scanner's lid.
    Border,
    /// A line under digits.
    Underline,
    /// A line through digits.
    Strike,
    /// A piece of a digit's stroke that stands by itself.
    Stroke,
    /// Dust.
    Speck,
    /// All else: letters, rings, stamps, parts of other lines.
    Other,
}

impl Role {
    /// The sign as text, if it is one.
    pub fn sign(self) -> Option<char> {
        Some(match self {
            Self::Minus => '-',
            Self::Plus => '+',
            Self::Point => '.',
            Self::Comma => ',',
            Self::MiddleDot => '·',
            Self::Colon => ':',
            Self::Slash => '/',
            Self::Times => '×',
            Self::Division => '÷',
            Self::Equals => '=',
            Self::Percent => '%',
            _ => return None,
        })
    }

    /// That of a symbol that is no digit.
    pub(crate) fn of(symbol: Symbol) -> Self {
        match symbol {
            Symbol::Minus => Self::Minus,
            Symbol::Plus => Self::Plus,
            Symbol::Point => Self::Point,
            Symbol::Comma => Self::Comma,
            Symbol::MiddleDot => Self::MiddleDot,
            Symbol::Colon => Self::Colon,
            Symbol::Slash => Self::Slash,
            Symbol::Times => Self::Times,
            Symbol::Division => Self::Division,
            Symbol::Equals => Self::Equals,
            Symbol::Percent => Self::Percent,
            Symbol::Other => Self::Letter,
            Symbol::Struck => Self::Strike,
            _ => Self::Other,
        }
    }

    /// Whether a number may be accepted beside it.
    pub fn is_explained(self) -> bool {
        !matches!(self, Self::Strike | Self::Other)
    }
}
