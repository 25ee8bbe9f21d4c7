//! The value of a field.

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use shuzi_line::Symbol;
use shuzi_reader::lattice::{Decoder, DecoderParams, Edge, Label, Lattice, Search};

use crate::{
    cells::{CellReading, CellState},
    template::{Align, ExpandedField, Shape, ValueKind},
};

/// How fields are decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodeParams {
    /// Least confidence of a field that is accepted.
    pub min_confidence: f64,
    /// Readings that rules choose between.
    pub candidates: usize,
    /// Share of digits that look like another even to a sure network: what a network says is
    /// mixed with that much of anything.
    pub doubt: f64,
    /// Area of ink in square millimetres that ticks a box, and share of the box that blots it.
    pub tick: [f64; 2],
}

impl Default for DecodeParams {
    fn default() -> Self {
        Self {
            min_confidence: 0.95,
            candidates: 6,
            doubt: 5e-4,
            tick: [1.2, 0.45],
        }
    }
}

/// Why a field is not accepted.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[non_exhaustive]
pub enum Reason {
    /// It is less likely right than asked for.
    Confidence,
    /// It is empty and may not be.
    Empty,
    /// A box holds what is no digit: which, from 1, and what.
    Cell(usize, CellState),
    /// A box between digits is empty.
    Gap,
    /// Nothing that is known of the field fits what is written.
    Constraint,
    /// A rule is broken: which, with what is written.
    Rule(String),
    /// Several boxes of a choice are ticked.
    Ticks,
    /// The page was not read, for the reason given.
    Page(String),
    /// What the reader of whole lines says.
    Line(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confidence => f.write_str("unsure"),
            Self::Empty => f.write_str("empty"),
            Self::Cell(at, state) => {
                let state = match state {
                    CellState::Digit => "digit",
                    CellState::Blank => "blank",
                    CellState::Filler => "filler",
                    CellState::Struck => "struck",
                    CellState::Several => "several digits",
                    CellState::Unreadable => "unreadable",
                };
                write!(f, "box {at}: {state}")
            }
            Self::Gap => f.write_str("a gap between digits"),
            Self::Constraint => f.write_str("no such value"),
            Self::Rule(rule) => write!(f, "rule {rule}"),
            Self::Ticks => f.write_str("several ticked"),
            Self::Page(why) | Self::Line(why) => f.write_str(why),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A value that a field may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its digits; empty of an empty field.
    pub digits: String,
    /// Its probability.
    pub probability: f64,
}

/// What was read of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldReading {
    /// A character for each box, see [`CellReading::character`].
    pub cells: String,
    /// Its value; `None` if it is empty or has none.
    pub value: Option<String>,
    /// The probability that this is what is written.
    pub confidence: f64,
    /// Whether that is enough, and nothing speaks against it.
    pub accepted: bool,
    /// If not, why.
    pub reasons: Vec<Reason>,
    /// Whether what is known made it another than its boxes alone say.
    pub corrected: bool,
    /// What it may be, the likeliest first.
    pub candidates: Vec<Candidate>,
}

impl FieldReading {
    /// A field of which nothing is known, for a reason.
    pub fn unread(boxes: usize, reason: Reason) -> Self {
        Self {
            cells: "?".repeat(boxes),
            value: None,
            confidence: 0.0,
            accepted: false,
            reasons: vec![reason],
            corrected: false,
            candidates: Vec::new(),
        }
    }

    /// Decides anew whether it is accepted, from its confidence and reasons.
    pub fn settle(&mut self, params: DecodeParams) {
        self.reasons.retain(|reason| *reason != Reason::Confidence);
        if self.confidence < params.min_confidence {
            self.reasons.push(Reason::Confidence);
        }
        self.accepted = self.reasons.is_empty();
    }
}

/// Digits as a value of a kind.
pub(crate) fn value(digits: &str, kind: ValueKind, decimal: usize) -> Option<String> {
    if digits.is_empty() {
        return None;
    }
    Some(match kind {
        ValueKind::Code | ValueKind::Date => digits.to_owned(),
        ValueKind::Integer | ValueKind::Decimal | ValueKind::Amount => {
            let padded = format!("{digits:0>width$}", width = decimal + 1);
            let (whole, part) = padded.split_at(padded.len() - decimal);
            let whole = whole.trim_start_matches('0');
            let whole = if whole.is_empty() { "0" } else { whole };
            if decimal > 0 {
                format!("{whole}.{part}")
            } else {
                whole.to_owned()
            }
        }
    })
}

/// Where in a field a path is: before its digits, among them, after them.
const LAYERS: usize = 3;

/// The lattice of a row of boxes: digits without gaps, what may stand before and after them by
/// `align`. Weights are logarithms of probabilities, so that a path's is its own.
fn lattice(cells: &[CellReading], align: Align, doubt: f64) -> Option<Lattice<usize>> {
    const BEFORE: usize = 0;
    const AMONG: usize = 1;
    const AFTER: usize = 2;
    let mut edges = Vec::new();
    let node = |cell: usize, layer: usize| 1 + LAYERS * cell + layer;
    let last = node(cells.len(), AFTER) + 1;
    for (source, cell) in cells.iter().enumerate() {
        let [digit, blank, filler, ..] = cell.states;
        let mut add = |from: usize, to: usize, label, weight: f64| {
            edges.push(Edge {
                from: node(source, from),
                to: node(source + 1, to),
                label,
                weight: weight.max(1e-12).ln(),
                source,
            });
        };
        let empty = blank + filler;
        if align != Align::Left {
            add(BEFORE, BEFORE, Label::Epsilon, empty);
        }
        if align != Align::Right {
            add(AMONG, AFTER, Label::Epsilon, empty);
            add(AFTER, AFTER, Label::Epsilon, empty);
            if align == Align::Left {
                // An empty field.
                add(BEFORE, AFTER, Label::Epsilon, empty);
            }
        }
        for (symbol, p) in Symbol::ALL.into_iter().zip(cell.digits) {
            let p = digit * (p * (1.0 - doubt) + 0.1 * doubt);
            add(BEFORE, AMONG, Label::One(symbol), p);
            add(AMONG, AMONG, Label::One(symbol), p);
        }
    }
    let mut join = |from: usize, to: usize| {
        edges.push(Edge {
            from,
            to,
            label: Label::Epsilon,
            weight: 0.0,
            source: cells.len(),
        });
    };
    join(0, node(0, BEFORE));
    for layer in 0..LAYERS {
        join(node(cells.len(), layer), last);
    }
    Lattice::new(last + 1, edges).ok()
}

/// Decides what a field of boxes says.
pub fn decode(field: &ExpandedField, cells: &[CellReading], params: DecodeParams) -> FieldReading {
    let characters: String = cells.iter().map(CellReading::character).collect();
    let mut reading = FieldReading {
        cells: characters,
        value: None,
        confidence: 0.0,
        accepted: false,
        reasons: Vec::new(),
        corrected: false,
        candidates: Vec::new(),
    };
    for (at, cell) in (1..).zip(cells) {
        let (state, _) = cell.state();
        if !matches!(
            state,
            CellState::Digit | CellState::Blank | CellState::Filler
        ) {
            reading.reasons.push(Reason::Cell(at, state));
        }
    }
    let plain: String = reading.cells.chars().filter(char::is_ascii_digit).collect();
    let core = reading.cells.trim_matches(|c: char| !c.is_ascii_digit());
    if core.contains(['_', 'x']) {
        reading.reasons.push(Reason::Gap);
    }
    let empty = cells
        .iter()
        .map(|cell| cell.states[1] + cell.states[2])
        .product::<f64>();
    if plain.is_empty() && reading.reasons.is_empty() {
        reading.confidence = empty;
        reading.candidates = vec![Candidate {
            digits: String::new(),
            probability: empty,
        }];
        if !field.field.optional {
            reading.reasons.push(Reason::Empty);
        }
        reading.settle(params);
        return reading;
    }
    let Some(lattice) = lattice(cells, field.field.align, params.doubt) else {
        return FieldReading::unread(cells.len(), Reason::Constraint);
    };
    let decoder = Decoder::new(
        &field.constraints,
        DecoderParams {
            stray: 0.0,
            number_model: false,
            ..DecoderParams::default()
        },
    );
    let Some(best) = decoder.best(&lattice) else {
        reading.reasons.push(Reason::Constraint);
        reading.settle(params);
        return reading;
    };
    // What no path says: boxes that hold no digit, gaps, another alignment.
    let share = Search::new(&()).total(&lattice).exp().min(1.0);
    let digits = Symbol::text(&best.number);
    reading.confidence = (best.probability * share).clamp(0.0, 1.0);
    let mut numbers = decoder.candidates(&lattice, params.candidates);
    if !numbers.contains(&best.number) {
        numbers.insert(0, best.number.clone());
    }
    let logs = decoder.log_probabilities(&lattice, &numbers);
    let candidates = numbers.iter().zip(logs).map(|(number, log)| Candidate {
        digits: Symbol::text(number),
        probability: log.exp() * share,
    });
    reading.candidates = candidates.collect();
    reading
        .candidates
        .sort_by(|a, b| b.probability.total_cmp(&a.probability));
    reading.corrected = digits != plain;
    reading.value = value(&digits, field.field.value, field.field.decimal);
    reading.settle(params);
    reading
}

/// What a tick box or a choice says: `areas` of ink in square millimetres in each box.
pub fn decode_ticks(field: &ExpandedField, areas: &[f64], params: DecodeParams) -> FieldReading {
    let [least, blot] = params.tick;
    let state = |(index, area): (usize, &f64)| {
        let cell = field
            .cells
            .get(index)
            .map_or(1.0, |cell| cell.rect.width * cell.rect.height);
        // As likely as not at the least area; blots are ticks taken back.
        let ticked = 1.0 / (1.0 + (-6.0 * (area / least - 1.0)).exp());
        (ticked, area / cell > blot)
    };
    let states: Vec<(f64, bool)> = areas.iter().enumerate().map(state).collect();
    let confidence = states.iter().map(|(p, _)| p.max(1.0 - p)).product();
    let marked: Vec<usize> = (0..states.len())
        .filter(|&index| states[index].0 > 0.5 && !states[index].1)
        .collect();
    let characters = states.iter().map(|(p, blot)| match (*p > 0.5, blot) {
        (true, true) => 's',
        (true, false) => 'x',
        (false, _) => '_',
    });
    let mut reading = FieldReading {
        cells: characters.collect(),
        value: None,
        confidence,
        accepted: false,
        reasons: Vec::new(),
        corrected: false,
        candidates: Vec::new(),
    };
    match (&field.field.shape, marked.as_slice()) {
        (Shape::Choice { options, .. }, [one]) => reading.value = options.get(*one).cloned(),
        (Shape::Choice { .. }, []) if field.field.optional => {}
        (Shape::Choice { .. }, []) => reading.reasons.push(Reason::Empty),
        (Shape::Choice { .. }, _) => reading.reasons.push(Reason::Ticks),
        (_, marked) => reading.value = Some((!marked.is_empty()).to_string()),
    }
    reading.settle(params);
    reading
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Template;

    fn field(more: &str) -> ExpandedField {
        let text = format!(
            "form = \"f\"\n[[page]]\n[[page.field]]\nname = \"n\"\nat = [20, 60]\n\
             shape = {{ kind = \"boxes\", count = 3 }}\n{more}"
        );
        Template::parse(&text).unwrap().fields().unwrap().remove(0)
    }

    /// Boxes that say so, each with a probability.
    fn cells(text: &str, sure: f64) -> Vec<CellReading> {
        let cell = |c: char| {
            let mut states = [(1.0 - sure) / 5.0; 6];
            let at = match c {
                '_' => 1,
                'x' => 2,
                's' => 3,
                'm' => 4,
                '?' => 5,
                _ => 0,
            };
            states[at] = sure;
            let mut digits = [0.001; 10];
            if let Some(digit) = c.to_digit(10) {
                digits[digit as usize] = 0.991;
            }
            CellReading {
                states,
                digits,
                bounds: None,
            }
        };
        text.chars().map(cell).collect()
    }

    fn read(more: &str, text: &str) -> FieldReading {
        decode(&field(more), &cells(text, 0.999), DecodeParams::default())
    }

    #[test]
    fn what_stands_before_a_number_changes_nothing() {
        for (text, expected) in [("x57", "57"), ("_44", "44"), ("057", "57"), ("xx0", "0")] {
            let reading = read("", text);
            assert_eq!(reading.value.as_deref(), Some(expected), "{text}");
            assert!(reading.accepted, "{text}: {reading:?}");
            assert_eq!(reading.cells, text);
        }
        let code = read("value = \"code\"", "057");
        assert_eq!(code.value.as_deref(), Some("057"));
        let amount = read("value = \"amount\"\ndecimal = 2", "_57");
        assert_eq!(amount.value.as_deref(), Some("0.57"));
    }

    #[test]
    fn what_is_no_digit_is_a_reason() {
        assert_eq!(read("", "5_7").reasons[0], Reason::Gap);
        assert_eq!(
            read("", "57_").reasons,
            [Reason::Confidence],
            "aligned left"
        );
        assert!(read("align = \"left\"", "57_").accepted);
        assert!(read("align = \"any\"", "_7_").accepted);
        let struck = read("", "4s7");
        assert_eq!(struck.reasons[0], Reason::Cell(2, CellState::Struck));
        assert!(!struck.accepted);
        assert_eq!(read("", "___").reasons, [Reason::Empty]);
        assert!(read("optional = true", "___").accepted);
        assert!(read("optional = true", "xxx").value.is_none());
    }

    #[test]
    fn what_is_known_is_obeyed_and_told() {
        let reading = read("range = \"0..40\"", "_48");
        assert!(!reading.accepted, "{reading:?}");
        assert!(reading.corrected && reading.cells == "_48");
        assert!(read("list = [\"057\", \"111\"]", "057").accepted);
    }

    #[test]
    fn unsure_cells_make_unsure_fields() {
        let reading = decode(&field(""), &cells("157", 0.97), DecodeParams::default());
        assert!(
            !reading.accepted && reading.confidence < 0.95,
            "{reading:?}"
        );
    }

    #[test]
    fn a_choice_is_one_tick() {
        let mut choice = field("");
        choice.field.shape = Shape::Choice {
            options: vec!["yes".into(), "no".into()],
            size: [5.0, 5.0],
            step: [20.0, 0.0],
        };
        choice.cells.truncate(2);
        let read = |areas: &[f64]| decode_ticks(&choice, areas, DecodeParams::default());
        assert_eq!(read(&[0.0, 6.0]).value.as_deref(), Some("no"));
        assert_eq!(read(&[5.0, 6.0]).reasons, [Reason::Ticks]);
        assert_eq!(read(&[0.0, 0.0]).reasons, [Reason::Empty]);
        let corrected = read(&[40.0, 6.0]);
        assert_eq!(
            (corrected.cells.as_str(), corrected.value.as_deref()),
            ("sx", Some("no"))
        );
        assert!(!read(&[0.0, 1.25]).accepted, "a short stroke");
    }
}
