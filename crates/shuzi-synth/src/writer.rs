//! One writer's style.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{
    pen::{Nib, School, styles},
    random::Chance,
};

/// How writers differ. Lengths are in shares of a digit's height, angles in degrees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WriterParams {
    /// Share of writers whose digits the pen draws; the others' come from the banks, each
    /// bank as often as any other. The pen has the shapes that the banks lack.
    pub pen: f32,
    /// Mean and deviation of slant; most people lean to the right.
    pub slant: [f32; 2],
    /// Share of writers with any slant of `slants`.
    pub any_slant: f32,
    /// The steepest slants, left and right.
    pub slants: Range<f32>,
    /// Half the width of a stroke: a fine ball to a marker.
    pub half_width: Range<f32>,
    /// Share of broad nibs, whose line is thin along one direction.
    pub broad: f32,
    /// Width of digits against the model's.
    pub aspect: Range<f32>,
    /// Most by which a digit's height varies within a line (deviation).
    pub uneven: f32,
    /// Most by which the baseline varies (deviation).
    pub wobble: f32,
    /// Shares of writers whose digits touch, stand as usual, and stand wide apart.
    pub spacing: [f32; 3],
    /// Distance of the ink of neighbours for each of them.
    pub gaps: [Range<f32>; 3],
    /// Rise or fall of a line (deviation).
    pub uphill: f32,
    /// Change of size along a line, by digit (deviation).
    pub growth: f32,
    /// Share of writers with small zeros after the first digit, and their height.
    pub small_zeros: (f32, Range<f32>),
    /// Share of writers with wide zeros there, and their width against the model's.
    pub wide_zeros: (f32, Range<f32>),
    /// Share of writers who write zeros in one go, each joined to the next.
    pub coils: f32,
    /// Share of writers who join other digits now and then.
    pub joins: f32,
    /// Share of writers whose 7s and 9s, some also 4s, go below the line.
    pub descenders: f32,
    /// Share of European and of American writers; the rest mixes.
    pub schools: [f32; 2],
    /// Most by which a writer's shape varies from digit to digit, in shares of its range.
    pub loose: f32,
}

impl Default for WriterParams {
    fn default() -> Self {
        Self {
            pen: 0.45,
            slant: [7.0, 10.0],
            any_slant: 0.2,
            slants: -30.0..30.0,
            half_width: 0.02..0.12,
            broad: 0.15,
            aspect: 0.75..1.3,
            uneven: 0.1,
            wobble: 0.06,
            spacing: [0.35, 0.45, 0.2],
            gaps: [-0.14..0.05, 0.03..0.3, 0.25..0.95],
            uphill: 2.0,
            growth: 0.012,
            small_zeros: (0.3, 0.45..0.9),
            wide_zeros: (0.25, 1.1..1.8),
            coils: 0.15,
            joins: 0.3,
            descenders: 0.25,
            schools: [0.45, 0.3],
            loose: 0.14,
        }
    }
}

/// Where a writer's digits come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Pen,
    /// The bank of an index.
    Bank(usize),
}

/// One writer; lengths in shares of a digit's height.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) source: Source,
    pub(crate) nib: Nib,
    /// Columns to a row.
    pub(crate) slant: f32,
    pub(crate) aspect: f32,
    pub(crate) uneven: f32,
    pub(crate) wobble: f32,
    pub(crate) gap: f32,
    pub(crate) gap_varies: f32,
    /// Rows to a column; negative is uphill.
    pub(crate) uphill: f32,
    pub(crate) growth: f32,
    pub(crate) zero_height: f32,
    pub(crate) zero_width: f32,
    pub(crate) coils: bool,
    /// Probability of a join after a digit, and after a zero before a zero.
    pub(crate) joins: [f32; 2],
    /// How far 4, 7 and 9 go below the line.
    pub(crate) descends: [f32; 3],
    /// The style of every digit.
    pub(crate) styles: [usize; 10],
    pub(crate) habit: u64,
    pub(crate) loose: f32,
    /// How much glyphs are bent (deviation).
    pub(crate) bend: f32,
}

impl Writer {
    /// A writer by chance; `banks` is how many there are.
    pub(crate) fn new(params: &WriterParams, banks: usize, chance: &mut Chance) -> Self {
        let source = if banks == 0 || chance.maybe(params.pen) {
            Source::Pen
        } else {
            Source::Bank(chance.below(banks))
        };
        let degrees = if chance.maybe(params.any_slant) {
            chance.between(&params.slants)
        } else {
            let [mean, deviation] = params.slant;
            let slant = chance.normal(mean, deviation);
            slant.clamp(params.slants.start, params.slants.end)
        };
        let broad = chance.maybe(params.broad);
        let nib = Nib {
            half: chance.log_between(&params.half_width),
            broad: if broad {
                chance.between(&(0.2..0.65))
            } else {
                0.0
            },
            edge: chance.between(&(-1.3..0.3)),
            taper: if chance.maybe(0.4) {
                chance.between(&(0.0..0.6))
            } else {
                0.0
            },
            pressure: chance.between(&(0.0..0.2)),
        };
        let usual = chance.weighted(&params.spacing).min(2);
        let [european, american] = params.schools;
        let school = match chance.weighted(&[european, american, 1.0 - european - american]) {
            0 => Some(School::European),
            1 => Some(School::American),
            _ => None,
        };
        let zeros = |chance: &mut Chance, (share, range): &(f32, Range<f32>)| {
            if chance.maybe(*share) {
                chance.between(range)
            } else {
                1.0
            }
        };
        let (zero_height, zero_width) = (
            zeros(chance, &params.small_zeros),
            zeros(chance, &params.wide_zeros),
        );
        let joins = chance.maybe(params.joins);
        let low = chance.maybe(params.descenders);
        let mut descend = |share: f32| {
            if low && chance.maybe(share) {
                chance.between(&(0.05..0.4))
            } else {
                0.0
            }
        };
        let descends = [descend(0.3), descend(0.7), descend(0.9)];
        Self {
            source,
            nib,
            slant: degrees.to_radians().tan(),
            aspect: chance.between(&params.aspect),
            uneven: params.uneven * chance.unit(),
            wobble: params.wobble * chance.unit(),
            gap: chance.between(&params.gaps[usual]),
            gap_varies: chance.between(&(0.02..0.09)),
            uphill: chance.normal(0.0, params.uphill).to_radians().tan(),
            growth: chance.normal(0.0, params.growth),
            zero_height,
            zero_width,
            coils: chance.maybe(params.coils),
            joins: if joins {
                [chance.between(&(0.05..0.5)), chance.between(&(0.2..0.9))]
            } else {
                [0.01, 0.04]
            },
            descends,
            styles: std::array::from_fn(|digit| style(digit as u8, school, chance)),
            habit: chance.bits(),
            loose: params.loose * chance.unit(),
            bend: chance.between(&(0.0..0.03)),
        }
    }
}

/// A style of a digit: mostly of the writer's school.
fn style(digit: u8, school: Option<School>, chance: &mut Chance) -> usize {
    let weights: Vec<f32> = styles(digit)
        .iter()
        .map(|style| match school {
            Some(own) if style.school == School::Any || style.school == own => style.weight,
            // Some write one digit as others do.
            Some(_) => 0.08 * style.weight,
            None => style.weight,
        })
        .collect();
    chance.weighted(&weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shuzi_data::rng::RngStream;

    #[test]
    fn writers_stay_within_their_parameters() {
        let params = WriterParams::default();
        let mut pens = 0;
        for index in 0..500 {
            let writer = Writer::new(&params, 2, &mut Chance::new(1, RngStream::TextLine, index));
            pens += usize::from(writer.source == Source::Pen);
            let steepest = 30.0f32.to_radians().tan() + 1e-5;
            assert!(writer.slant.abs() <= steepest);
            assert!(params.half_width.contains(&writer.nib.half));
            assert!((-0.14..0.95).contains(&writer.gap));
            assert!((0.45..=1.0).contains(&writer.zero_height));
        }
        assert!((150..300).contains(&pens), "{pens}");
        let alone = Writer::new(&params, 0, &mut Chance::new(1, RngStream::TextLine, 0));
        assert_eq!(alone.source, Source::Pen);
    }

    #[test]
    fn europeans_cross_their_sevens_more_often() {
        let crossed = |school| {
            let mut chance = Chance::new(1, RngStream::TextLine, 0);
            let style = |_| styles(7)[style(7, Some(school), &mut chance)].school;
            (0..300)
                .map(style)
                .filter(|s| *s == School::European)
                .count()
        };
        assert!(crossed(School::European) > 3 * crossed(School::American));
    }
}
