//! What the network for whole lines takes for a sign or a word, the lattice may not hold
//! against it: the lattice knows digits alone, and takes a slash for a 1. Where the shape says
//! the same, it is as likely to be none.

use serde::{Deserialize, Serialize};
use shuzi_line::{BLANK, CLASSES, Symbol};

use crate::{
    account::{
        line::median,
        shape::{ArmParams, Arms},
        strike::{Dark, StrikeParams},
    },
    binarize::Ink,
    decode::combine::CombinationParams,
    decode::spelling::Spelled,
    image::morphology::Blob,
    lattice::line::WeighedDigit,
    page::Page,
    recognize::Recognition,
    segment::components::Region,
    text_line::{Hypothesis, Span, TextLine},
};

/// When a shape agrees with what the network for whole lines says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ToldSignParams {
    /// Least share of a slash's ink on the diagonal of its rectangle.
    pub on_diagonal: f64,
    /// Least height of a slash, in the median of the line's segments: it goes beyond digits,
    /// and a 1 that leans does not.
    pub high: f64,
    /// Widths of a slash in its height.
    pub lean: [f64; 2],
    /// How far a sign is from the frames that show it, in the line's height.
    pub reach: f64,
}

impl Default for ToldSignParams {
    /// Guesses; the height of a slash is the least at which made numbers of MNIST's digits lose
    /// none of their 1s.
    fn default() -> Self {
        Self {
            on_diagonal: 0.85,
            high: 1.25,
            lean: [0.15, 0.9],
            reach: 0.35,
        }
    }
}

/// The symbols of a line by its likeliest class in each frame.
pub(super) fn greedy(recognition: &Recognition) -> Vec<Spelled> {
    let mut symbols: Vec<Spelled> = Vec::new();
    let mut before = BLANK;
    for (frame, row) in recognition.logits.chunks_exact(CLASSES).enumerate() {
        let classes = (BLANK..).zip(row);
        let best = classes.max_by(|a, b| a.1.total_cmp(b.1));
        let class = best.map_or(BLANK, |(class, _)| class);
        match Symbol::from_class(class) {
            Some(symbol) if class != before => symbols.push(Spelled {
                symbol,
                frames: frame..frame + 1,
                columns: [0.0; 2],
            }),
            Some(_) => {
                if let Some(last) = symbols.last_mut() {
                    last.frames.end = frame + 1;
                }
            }
            None => {}
        }
        before = class;
    }
    for spelled in &mut symbols {
        spelled.columns = recognition.columns(spelled.frames.start, spelled.frames.end);
    }
    symbols
}

/// Some segments of a line that may be no digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Skip {
    /// Node before them.
    pub(super) from: usize,
    /// Node after them.
    pub(super) to: usize,
    /// How much likelier that is than their likeliest digits, as a logarithm.
    pub(super) lead: f64,
}

/// What is a slash, a word, or struck out, by its shape and by the network that read the line
/// as a whole: as likely to be no digit as that network says, of which the lattice knows
/// nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skips<'a> {
    pub(super) told: &'a ToldSignParams,
    pub(super) arms: &'a ArmParams,
    pub(super) strikes: Option<&'a StrikeParams>,
    pub(super) combination: CombinationParams,
}

impl Skips<'_> {
    /// Those of a line.
    pub(super) fn of(self, page: &Page, line: &TextLine, digits: &[WeighedDigit]) -> Vec<Skip> {
        let (Some(ink), Some(recognition)) = (&page.ink, line.recognition()) else {
            return Vec::new();
        };
        let (params, combination) = (self.told, self.combination);
        let mut skips = Vec::new();
        let symbols = greedy(recognition);
        let heights = line.segments.iter().map(|segment| segment.bounds.height);
        let height = median(heights.map(|height| height as f64));
        for (at, told) in symbols.iter().enumerate() {
            // What is missing to the network's own weight, where it alone can tell.
            let missing = (1.0 - combination.line) / combination.lattice.max(f64::MIN_POSITIVE);
            let lead = missing.max(0.0) * lead_over_digits(recognition, told);
            match told.symbol {
                Symbol::Slash => {
                    let digit = |spelled: &&Spelled| spelled.symbol.digit().is_some();
                    let before = at.checked_sub(1).map(|at| &symbols[at]).filter(digit);
                    let after = symbols.get(at + 1).filter(digit);
                    // It parts two numbers.
                    let (Some(before), Some(after)) = (before, after) else {
                        continue;
                    };
                    let near = |x: f64| {
                        (x - told.middle()).abs() <= params.reach * recognition.window.height
                            && (before.middle()..after.middle()).contains(&x)
                    };
                    let slashes = line.single().filter(|(_, hypothesis)| {
                        let bounds = &hypothesis.region.bounds;
                        near(bounds.middle()[0])
                            && bounds.height as f64 >= params.high * height
                            && self.is_slash(page, ink, &hypothesis.region)
                    });
                    skips.extend(slashes.map(|(_, Hypothesis { span, .. })| Skip {
                        from: span.from,
                        to: span.to,
                        lead,
                    }));
                }
                Symbol::Other | Symbol::Struck => {
                    let end =
                        |symbol: Option<&Spelled>, side: usize| symbol.map(|s| s.columns[side]);
                    let from = end(at.checked_sub(1).map(|at| &symbols[at]), 1);
                    let to = end(symbols.get(at + 1), 0);
                    let columns = [from.unwrap_or(0.0), to.unwrap_or(f64::INFINITY)];
                    let span = self.inside(page, ink, line, digits, told.symbol, columns);
                    skips.extend(span.map(|Span { from, to }| Skip { from, to, lead }));
                }
                _ => {}
            }
        }
        skips
    }
}

/// By how much, as a logarithm, a symbol is likelier than any digit in the frame of it where
/// that is most.
fn lead_over_digits(recognition: &Recognition, told: &Spelled) -> f64 {
    let lead = |frame: usize| {
        let row = &recognition.logits[frame * CLASSES..][..CLASSES];
        let of = |symbol: Symbol| f64::from(row[usize::from(symbol.class())]);
        let digits = Symbol::ALL.into_iter().filter(|s| s.digit().is_some());
        of(told.symbol) - digits.map(of).fold(f64::NEG_INFINITY, f64::max)
    };
    told.frames.clone().map(lead).fold(0.0, f64::max)
}

impl Skips<'_> {
    /// The nodes around the segments between such columns, if these are a word or struck out: a
    /// word if a part of it is no digit for sure, since a letter that is like a digit stands beside
    /// others that are not; struck out, too, if a line goes through them.
    fn inside(
        self,
        page: &Page,
        ink: &Ink,
        line: &TextLine,
        digits: &[WeighedDigit],
        symbol: Symbol,
        [from, to]: [f64; 2],
    ) -> Option<Span> {
        let inside = line.single().filter(|(_, hypothesis)| {
            let x = hypothesis.region.bounds.middle()[0];
            from < x && x < to
        });
        let inside: Vec<(usize, &Hypothesis)> = inside.collect();
        let none_for_sure = |(index, _): &(usize, &Hypothesis)| {
            let WeighedDigit { digits, none, .. } = &digits[*index];
            digits.iter().all(|digit| digit < none)
        };
        let regions = inside.iter().map(|(_, hypothesis)| &hypothesis.region);
        let agreed = inside.iter().any(none_for_sure)
            || (symbol == Symbol::Struck && self.is_struck(page, ink, regions));
        let spans = || inside.iter().map(|(_, hypothesis)| hypothesis.span);
        let from = spans().map(|span| span.from).min().filter(|_| agreed)?;
        let to = spans().map(|span| span.to).max()?;
        Some(Span { from, to })
    }

    /// Whether a straight line goes through all of these.
    fn is_struck<'a>(
        self,
        page: &Page,
        ink: &Ink,
        regions: impl Iterator<Item = &'a Region>,
    ) -> bool {
        let bounds = regions.map(|region| region.bounds);
        let (Some(whole), Some(params)) = (bounds.reduce(|a, b| a.union(&b)), self.strikes) else {
            return false;
        };
        Dark::of(ink, &page.form.printed).is_struck(&whole, params)
    }

    /// Whether strokes are a straight one that leans to the right.
    fn is_slash(self, page: &Page, ink: &Ink, region: &Region) -> bool {
        let params = self.told;
        let bounds = region.bounds;
        let lean = bounds.width as f64 / bounds.height.max(1) as f64;
        let [least, most] = params.lean;
        if !(least..=most).contains(&lean) {
            return false;
        }
        let labels = &page.components.labels;
        let rows = bounds.y..bounds.bottom();
        let pixels = rows.flat_map(|y| (bounds.x..bounds.right()).map(move |x| y * ink.width + x));
        let own =
            |at: &usize| ink.coverage[*at] >= Ink::EDGE && region.labels.contains(&labels[*at]);
        let blob = Blob {
            pixels: pixels.filter(own).collect(),
            bounds,
        };
        Arms::of(&blob, ink.width, self.arms).slash >= params.on_diagonal
    }
}
