//! The number of one line: by its lattice, by the network that reads it whole, or by both.

use shuzi_line::Symbol;

use crate::{
    classify::{
        ClassifyParams,
        crop::{Crop, normalize_digit},
        posterior::{DIGITS, Posterior},
        segment_model::SegmentModelParams,
    },
    decode::{
        combine::{Judged, Opinions},
        params::DecodeParams,
        spelling::Spelling,
        told_signs::{Skip, Skips},
    },
    error::ReadError,
    lattice::{
        Constraints, Decoder, DecoderParams, Lattice, LatticeError, Path, Said, cells,
        line::{LineLattice, Source, WeighedDigit},
    },
    page::Page,
    reader::{ReaderConfig, Readers},
    recognize::region::region_between,
    segment::components::Region,
    text_line::{Hypothesis, TextLine},
};

/// A line and what speaks for each of its digits.
pub(super) struct WeighedLine<'a> {
    pub(super) line: &'a TextLine,
    /// Which of the page's.
    pub(super) index: usize,
    /// One for each digit that may be on it.
    digits: Vec<WeighedDigit>,
    /// What may be none.
    skips: Vec<Skip>,
    params: &'a ClassifyParams,
}

/// A number found on a line.
pub(super) struct OnLine<'a> {
    pub(super) line: &'a WeighedLine<'a>,
    /// Whether it is likelier that there is none.
    doubted: bool,
    /// The likeliest number, and the next.
    pub(super) best: Judged,
    pub(super) second: Option<Judged>,
    /// The digits and what each was read in.
    pub(super) digits: Vec<(Origin, u8)>,
    /// The cell of each digit, from 0, if there are cells.
    pub(super) cells: Option<Vec<usize>>,
    /// Its digits and signs, if the line was read as a whole.
    pub(super) spelling: Option<Spelling>,
}

/// What a digit was read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A hypothesis of one digit, by its index among those of the line.
    Alone(usize),
    /// The first digit of a bigram, by its index among those of the line.
    First(usize),
    /// The second.
    Second(usize),
    /// Some frames, by the index of the symbol in the line's spelling.
    Frames(usize),
}

impl<'a> WeighedLine<'a> {
    /// All lines of a page; if both opinions are asked, with what the network for whole lines
    /// takes for signs.
    pub(super) fn all_of(page: &'a Page, config: &'a ReaderConfig) -> Vec<Self> {
        let params = &config.params.classify;
        let lines = page.lines.iter().enumerate();
        let lines = lines.map(|(index, line)| {
            let digits = line.weighed_digits(&params.segment_model);
            let decode = &config.params.decode;
            let told = decode.told_signs.as_ref();
            let told = told.filter(|_| config.readers == Readers::Both);
            let skips = told.map_or_else(Vec::new, |told| {
                let arms = &config.params.account.roles.arms;
                let strikes = config.params.account.strikes.as_ref();
                let skips = Skips {
                    told,
                    arms,
                    strikes,
                    combination: decode.combination,
                };
                skips.of(page, line, &digits)
            });
            Self {
                line,
                index,
                digits,
                skips,
                params,
            }
        });
        lines.collect()
    }
}

/// Hears of the numbers that are thought of on a line.
pub(super) type Listener<'f> = &'f mut dyn FnMut(&[Judged]);

/// The likeliest number of each line that has one; of that which the cells are
/// on alone if there are cells. `listener` hears of all numbers that are thought of, line by line.
pub(super) fn found<'a>(
    page: &Page,
    lines: &'a [WeighedLine<'a>],
    constraints: &Constraints,
    config: &ReaderConfig,
    mut listener: Option<Listener<'_>>,
) -> Result<Vec<OnLine<'a>>, ReadError> {
    let mut all: Vec<OnLine<'_>> = Vec::new();
    let weight = |line: &&WeighedLine<'_>| cells::weight(line.line);
    let on = lines.iter().max_by_key(weight).map(|line| line.index);
    for line in lines {
        let (lattice, cells) = match constraints.cells {
            Some(_) if on != Some(line.index) => continue,
            Some(count) => {
                let columns = cells::columns(&page.form.cells, count, line.line);
                let cells = cells::cells_of(line.line, &columns);
                let lattice = cells::in_cells(line.line, &line.digits, &cells);
                (lattice.finish()?, Some(cells))
            }
            None => (line.lattice(constraints, &config.params.decode)?, None),
        };
        let recognition = line.line.recognition();
        let recognition = recognition.filter(|_| config.readers != Readers::Lattice);
        let decode = &config.params.decode;
        let params = decode.ctc;
        let whole = recognition
            .map(|whole| whole.lattice(params, Said::Digits))
            .transpose()?;
        // Of two opinions each speaks of numbers that obey alone.
        let both = recognition.is_some() && config.readers == Readers::Both;
        let alone = |params: DecoderParams| DecoderParams {
            disobeying: if both { 0.0 } else { params.disobeying },
            ..params
        };
        let by_lattice = Decoder::new(constraints, alone(decode.lattice));
        let by_line = Decoder::new(constraints, alone(decode.whole_line));
        // Only the lattice knows of cells.
        let lattice_asked =
            recognition.is_none() || cells.is_some() || config.readers == Readers::Both;
        let opinions = Opinions {
            lattice: lattice_asked.then_some((by_lattice, &lattice)),
            line: whole.as_ref().map(|whole| (by_line, whole)),
        };
        let mut judged = opinions.judge(decode.combination).into_iter();
        if let Some(listener) = &mut listener {
            listener(judged.as_slice());
        }
        let none = judged
            .as_slice()
            .iter()
            .find(|judged| judged.number.is_empty());
        let none = none.map_or(0.0, |none| none.probability);
        let named = |best: &Judged| {
            !best.number.is_empty() && best.probability >= decode.combination.least_named
        };
        let Some(best) = judged.next().filter(named) else {
            continue;
        };
        let second = judged.next();
        let spelling = match recognition {
            Some(whole) => {
                let symbols = whole.lattice(params, Said::Symbols)?;
                Spelling::of(whole, &symbols, &best.number)
            }
            None => None,
        };
        let [least, _] = decode.combination.least;
        let path = by_lattice
            .path_of(&lattice, &best.number)
            .filter(|_| best.opinions[0].is_some_and(|log| log > least));
        let digits = match (path, &spelling) {
            (Some(path), _) => origins_of(&lattice, &path),
            (None, Some(spelling)) => spelling.digits(),
            (None, None) => continue,
        };
        let cell = |&(origin, _): &(Origin, u8)| match origin {
            Origin::Alone(at) => cells.as_ref()?[line.digits[at].from],
            _ => None,
        };
        let of_digits: Option<Vec<usize>> = cells
            .is_some()
            .then(|| digits.iter().filter_map(cell).collect());
        all.push(OnLine {
            line,
            doubted: best.probability < none,
            cells: of_digits.filter(|cells| cells.len() == digits.len()),
            digits,
            best,
            second,
            spelling,
        });
    }
    // What is likelier no number is named alone, beside no other.
    if all.iter().any(|on| !on.doubted) {
        all.retain(|on| !on.doubted);
    }
    // Those that were found on grey pixels alone stand at the end of the page's lines.
    if all
        .iter()
        .any(|on: &OnLine<'_>| on.line.line.segments.is_empty())
    {
        all.sort_by_key(|on| on.line.top());
    }
    Ok(all)
}

impl Spelling {
    /// Each digit with its place among the symbols.
    fn digits(&self) -> Vec<(Origin, u8)> {
        let symbols = self.symbols.iter().enumerate();
        let digit = |(at, spelled): (usize, &super::spelling::Spelled)| {
            Some((Origin::Frames(at), spelled.symbol.digit()?))
        };
        symbols.filter_map(digit).collect()
    }
}

/// The digits of a path and what each was read in.
fn origins_of(lattice: &Lattice<Source>, path: &Path) -> Vec<(Origin, u8)> {
    let edges = path.edges.iter().map(|edge| &lattice.edges()[*edge]);
    let mut digits = Vec::new();
    for edge in edges {
        let origins = match edge.source {
            Source::Digit(at) => [Origin::Alone(at); 2],
            Source::Bigram(at) => [Origin::First(at), Origin::Second(at)],
            Source::Between => continue,
        };
        let symbols = edge.label.symbols().iter();
        let values = symbols.filter_map(|symbol: &Symbol| symbol.digit());
        digits.extend(origins.into_iter().zip(values));
    }
    digits
}

impl TextLine {
    /// What speaks for each digit that may be on the line, by its posterior and its geometry;
    /// nothing for one of which no network was asked.
    pub(crate) fn weighed_digits(&self, params: &SegmentModelParams) -> Vec<WeighedDigit> {
        let weigh = |digit: &Hypothesis| {
            let weigh = |posterior| digit.geometry.weigh(posterior, params);
            let impossible = ([f64::NEG_INFINITY; DIGITS], f64::NEG_INFINITY);
            let (digits, none) = digit.posterior.as_ref().map_or(impossible, weigh);
            WeighedDigit {
                from: digit.span.from,
                to: digit.span.to,
                digits,
                none,
            }
        };
        self.digits().iter().map(weigh).collect()
    }
}

impl WeighedLine<'_> {
    /// Its first row.
    fn top(&self) -> usize {
        let segments = self.line.segments.iter().map(|segment| segment.bounds.y);
        let window = self
            .line
            .recognition()
            .map(|whole| whole.window.top as usize);
        segments.min().or(window).unwrap_or(0)
    }

    /// Its lattice, all that speaks for each digit in it.
    fn lattice(
        &self,
        constraints: &Constraints,
        decode: &DecodeParams,
    ) -> Result<Lattice<Source>, LatticeError> {
        let lattice = LineLattice::new(self.line.nodes())
            .digits(&self.digits)
            .bigrams(self.line.bigrams(), decode.bigrams);
        let skip =
            |lattice: LineLattice, skip: &Skip| lattice.skip([skip.from, skip.to], skip.lead);
        let lattice = self.skips.iter().fold(lattice, skip);
        // Points that say nothing of the number are left out.
        let points = self.line.points.iter();
        let points = points.filter(|_| constraints.weigh_groups());
        let add = |lattice: LineLattice, node: &usize| lattice.point(*node, decode.line);
        points.fold(lattice, add).finish()
    }

    /// The strokes of both digits of a bigram: what lies before the likeliest cut and after
    /// it; all of it for either if there is none.
    fn halves(&self, bigram: &Hypothesis, values: [u8; 2]) -> [Region; 2] {
        let run = bigram.span;
        let [one, two] = values.map(usize::from);
        let digits = || self.digits.iter().enumerate();
        let firsts = digits().filter(|(_, digit)| digit.from == run.from);
        let cuts = firsts.flat_map(|(first, a)| {
            let seconds = digits().filter(|(_, b)| (b.from, b.to) == (a.to, run.to));
            seconds.map(move |(second, b)| (a.digits[one] + b.digits[two], [first, second]))
        });
        match cuts.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, halves)) => halves.map(|index| self.line.hypotheses[index].region.clone()),
            None => [bigram.region.clone(), bigram.region.clone()],
        }
    }
}

impl OnLine<'_> {
    /// Strokes of the digit of that index, what the network saw of it, and how likely it
    /// took each value for.
    pub(super) fn look(
        &self,
        page: &Page,
        index: usize,
        origin: Origin,
    ) -> (Region, Crop, [f32; DIGITS]) {
        let line = self.line;
        let value = |index: usize| self.digits[index].1;
        let shares = |hypothesis: &Hypothesis, of: &dyn Fn(&Posterior) -> [f32; DIGITS]| {
            hypothesis.posterior.as_ref().map_or([0.0; DIGITS], of)
        };
        match origin {
            Origin::Alone(at) => {
                let digit = &line.line.digits()[at];
                let model = &line.params.segment_model;
                let probabilities =
                    shares(digit, &|said| digit.geometry.probabilities(said, model));
                (digit.region.clone(), digit.crop, probabilities)
            }
            // Either half comes with the other.
            Origin::First(at) => {
                let bigram = &line.line.bigrams()[at];
                let [first, _] = line.halves(bigram, [value(index), value(index + 1)]);
                (first, bigram.crop, shares(bigram, &Posterior::first))
            }
            Origin::Second(at) => {
                let bigram = &line.line.bigrams()[at];
                let [_, second] = line.halves(bigram, [value(index - 1), value(index)]);
                (second, bigram.crop, shares(bigram, &Posterior::second))
            }
            Origin::Frames(at) => self.look_at_frames(page, at),
        }
    }

    /// As [`OnLine::look`], of a symbol of the line's spelling.
    fn look_at_frames(&self, page: &Page, at: usize) -> (Region, Crop, [f32; DIGITS]) {
        let (Some(spelling), Some(whole)) = (&self.spelling, self.line.line.recognition()) else {
            return (Region::default(), Crop::blank(), [0.0; DIGITS]);
        };
        let middle = |at: usize| spelling.symbols[at].middle();
        // A digit goes half the way to the next symbol, and is no wider than high.
        let (own, reach) = (middle(at), 0.6 * whole.window.height);
        let before = at.checked_sub(1).map(|at| 0.5 * (middle(at) + own));
        let after = (at + 1 < spelling.symbols.len()).then(|| 0.5 * (own + middle(at + 1)));
        let columns = [
            before.map_or(own - reach, |left| left.max(own - reach)),
            after.map_or(own + reach, |right| right.min(own + reach)),
        ];
        let region = region_between(page, whole.window, columns, self.line.index);
        let crop = match &page.ink {
            Some(ink) if !region.labels.is_empty() => {
                normalize_digit(ink, &page.components, &region, &self.line.params.crop)
            }
            _ => Crop::blank(),
        };
        let probabilities = whole.digit_probabilities(spelling.symbols[at].frames.clone());
        (region, crop, probabilities)
    }
}
