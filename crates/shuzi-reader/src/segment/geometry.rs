//! Size, place and cuts of what may be a digit.

/// Size, place and cuts of what may be a digit; lengths in heights of its line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Geometry {
    /// From its highest to its lowest pixel.
    pub height: f64,
    /// The slant of the line taken out.
    pub width: f64,
    /// Distance of its middle from the line's.
    pub off: f64,
    /// On how many of its sides it is cut, 0 to 2.
    pub cuts: f64,
    /// Ink on these cuts, in strokes.
    pub strokes: f64,
    /// How many of its parts do not touch the one before.
    pub apart: f64,
    /// Sum of the gaps before these.
    pub gaps: f64,
}
