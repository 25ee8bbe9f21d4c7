//! The contrast from which a pixel is ink: Otsu's threshold, and below it hysteresis.

use serde::{Deserialize, Serialize};

use super::otsu::{Split, otsu};
use crate::image::morphology::{dilate, flood_fill};

/// From which contrast on a pixel is ink. Contrasts are shares of the way from the paper to
/// black or white.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThresholdParams {
    /// Least contrast of full ink: what is fainter is none.
    pub least_contrast: f32,
    /// Contrast that paper has by itself, and JPEG adds.
    pub paper: f32,
    /// How far noise reaches, in standard deviations.
    pub noise: f32,
    /// Highest threshold, as a share of full ink: strokes without soft edges end half-way to
    /// their paper.
    pub edge: f64,
    /// What is below the threshold but goes on from a stroke is ink. Off: it is none, and every
    /// stroke's edge is that of the whole picture.
    pub faint: Option<FaintParams>,
}

impl Default for ThresholdParams {
    /// Guesses, but for what follows from their definition.
    fn default() -> Self {
        Self {
            least_contrast: 0.12,
            paper: 0.04,
            noise: 2.5,
            edge: 0.6,
            faint: Some(FaintParams::default()),
        }
    }
}

/// How strokes that grow faint are followed (hysteresis, Canny 1986).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaintParams {
    /// Least contrast, as a share of the threshold.
    pub least: f32,
    /// Least contrast, as a multiple of what noise reaches.
    pub beyond_noise: f32,
    /// The edge of a stroke, as a share of its own ink's contrast.
    pub edge: f32,
    /// Least contrast of a stroke's full ink, in those of its edge.
    pub full: f32,
    /// Pixels from the edge of a stroke to its full ink.
    pub softness: usize,
}

impl Default for FaintParams {
    /// The edge is half-way by definition; the others are guesses.
    fn default() -> Self {
        Self {
            least: 0.55,
            beyond_noise: 0.8,
            edge: 0.5,
            full: 1.2,
            softness: 3,
        }
    }
}

/// Contrasts that tell ink from paper.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levels {
    /// Least of what is ink wherever it stands.
    edge: f32,
    /// That of full ink.
    pub(super) full: f32,
    /// What noise reaches.
    floor: f32,
}

/// Finds them: the edge is Otsu's threshold among what exceeds `floor`, full ink
/// the mean above it. `None` if that is too faint to be ink.
pub(super) fn levels(
    contrast: &[f32],
    floor: f32,
    least: f32,
    params: &ThresholdParams,
) -> Option<Levels> {
    const BINS: usize = 256;
    let mut histogram = [0u64; BINS];
    for &value in contrast {
        if value > floor {
            histogram[((value * BINS as f32) as usize).min(BINS - 1)] += 1;
        }
    }
    let contrast = |bin: f64| (bin + 0.5) / BINS as f64;
    let (threshold, full) = match otsu(&histogram) {
        Some(Split { means, .. }) => {
            let [below, above] = means.map(contrast);
            ((below + above) / 2.0, above)
        }
        // All have one contrast.
        None => (
            0.0,
            contrast(histogram.iter().rposition(|count| *count > 0)? as f64),
        ),
    };
    let edge = threshold.min(full * params.edge).max(f64::from(floor)) as f32;
    let full = full as f32;
    (full >= least && edge < full).then_some(Levels { edge, full, floor })
}

impl Levels {
    /// Coverage of pixels of such `contrast`, `[height, width]`. A stroke that
    /// is fainter than the edge counts where it touches one that is not
    /// (hysteresis, Canny 1986), up to half of its own contrast.
    pub(super) fn coverage(
        &self,
        contrast: &[f32],
        size: [usize; 2],
        faint: Option<&FaintParams>,
    ) -> Vec<u8> {
        let byte = |share: f32| (share.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        let Some(faint) = faint else {
            let of = |&contrast: &f32| byte(share(contrast, self.edge, self.full));
            return contrast.iter().map(of).collect();
        };
        let least = (faint.least * self.edge).max(faint.beyond_noise * self.floor);
        let least = least.min(self.edge);
        let peaks = dilate(contrast, size, [faint.softness; 2]);
        let own_edge = |at: usize| (faint.edge * peaks[at]).clamp(least, self.edge);
        let starts = (0..contrast.len()).filter(|&at| contrast[at] >= self.edge);
        let kept = flood_fill(starts, size, |_, next| contrast[next] >= own_edge(next));
        let beside = dilate(&kept, size, [1; 2]);
        let of = |at: usize| {
            let contrast = contrast[at];
            if beside[at] {
                let edge = own_edge(at);
                let least = faint.full * edge;
                share(contrast, edge, peaks[at].clamp(least, self.full.max(least)))
            } else if contrast <= 2.0 * self.edge - self.full {
                // Most pixels are paper.
                0.0
            } else {
                share(contrast, self.edge, self.full)
            }
        };
        (0..contrast.len()).map(|at| byte(of(at))).collect()
    }
}

/// How much of a pixel is ink: half at the edge, all at full ink.
fn share(contrast: f32, edge: f32, full: f32) -> f32 {
    let none = (2.0 * edge - full).max(0.0);
    if contrast < edge {
        0.5 * (contrast - none) / (edge - none)
    } else {
        0.5 + 0.5 * (contrast - edge) / (full - edge)
    }
}
