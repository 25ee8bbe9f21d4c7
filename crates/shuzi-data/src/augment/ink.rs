//! Where the ink of an image lies.

/// Where a digit's ink lies, `[x, y]`, and how it is spread.
pub(super) struct Ink {
    pub(super) middle: [f32; 2],
    /// Direction of the stroke, downwards.
    pub(super) along: [f32; 2],
    /// Deviations along the stroke and across it.
    pub(super) deviations: [f32; 2],
    /// Columns to the right for a row down, as the digit leans.
    pub(super) slant: f32,
}

/// The pixels of an image `[h, w]` that are more than soft edge: `[x, y]` and value.
pub(super) fn strong(image: &[u8], width: usize) -> impl Iterator<Item = ([usize; 2], u8)> + '_ {
    let pixels = image.iter().enumerate().filter(|(_, pixel)| **pixel > 127);
    pixels.map(move |(i, pixel)| ([i % width, i / width], *pixel))
}

impl Ink {
    /// Of an image `[h, w]`; `None` without ink.
    pub(super) fn of(values: impl Iterator<Item = f32>, width: usize) -> Option<Self> {
        let (mut mass, mut sum, mut squares) = (0.0f32, [0.0f32; 2], [0.0f32; 3]);
        for (i, value) in values.enumerate().filter(|(_, value)| *value > 0.0) {
            let (x, y) = ((i % width) as f32, (i / width) as f32);
            mass += value;
            sum = [sum[0] + value * x, sum[1] + value * y];
            squares = [
                squares[0] + value * x * x,
                squares[1] + value * x * y,
                squares[2] + value * y * y,
            ];
        }
        if mass <= 0.0 {
            return None;
        }
        let [x, y] = sum.map(|sum| sum / mass);
        let (xx, xy, yy) = (
            squares[0] / mass - x * x,
            squares[1] / mass - x * y,
            squares[2] / mass - y * y,
        );
        // The covariance's two eigenvalues, and the larger one's direction as an
        // angle from straight down.
        let half = ((xx - yy) / 2.0).hypot(xy);
        let middle = (xx + yy) / 2.0;
        let (sin, cos) = (0.5 * (2.0 * xy).atan2(yy - xx)).sin_cos();
        Some(Self {
            middle: [x, y],
            along: [sin, cos],
            slant: if yy > 0.0 { xy / yy } else { 0.0 },
            deviations: [middle + half, middle - half].map(|variance| variance.max(0.0).sqrt()),
        })
    }
}
