//! A grammar of texts.

use super::{Text, TextParams};
use crate::random::Chance;

/// Words and units that stand beside numbers.
const UNITS: [&str; 20] = [
    "kg", "g", "m", "cm", "mm", "km", "ml", "h", "min", "St", "pcs", "€", "CHF", "Fr.", "$", "£",
    "EUR", "USD", "m2", "kWh",
];
const BEFORE: [&str; 13] = [
    "No.", "Nr.", "N.", "€", "CHF", "Fr.", "$", "£", "Rs.", "Art.", "p.", "Tel.", "#",
];
const WORDS: [&str; 16] = [
    "total", "sum", "paid", "not", "void", "nil", "none", "and", "plus", "von", "bis", "ok", "yes",
    "see", "Mr.", "A",
];
/// Letters that stand among digits: those that look like no digit and no sign.
const LETTERS: &str = "ADEFHKMNRUVWYadefkmnrtuw";

/// A text by chance.
pub(crate) fn text(params: &TextParams, chance: &mut Chance) -> Text {
    // A kind that came out too long is made anew; the last try is a short number.
    for _ in 0..8 {
        let made = one(params, chance);
        let parsed = Text::parse(&made);
        if (1..=params.longest).contains(&parsed.0.len()) {
            return parsed;
        }
    }
    Text::parse(&digits(3, chance))
}

fn one(params: &TextParams, chance: &mut Chance) -> String {
    let p = params;
    let weights = [
        p.integer, p.amount, p.decimal, p.signed, p.date, p.time, p.code, p.sum, p.percent, p.unit,
        p.several, p.lone, p.struck, p.none, p.mixed,
    ];
    match chance.weighted(&weights) {
        0 => number(params, chance),
        1 => amount(params, chance),
        2 => decimal(chance),
        3 => signed(params, chance),
        4 => date(chance),
        5 => time(chance),
        6 => code(chance),
        7 => sum(chance),
        8 => format!(
            "{}%",
            if chance.maybe(0.7) {
                digits(2, chance)
            } else {
                decimal(chance)
            }
        ),
        9 => unit(params, chance),
        10 => several(params, chance),
        11 => chance.below(10).to_string(),
        12 => struck(params, chance),
        13 => none(chance),
        _ => mixed(chance),
    }
}

/// Up to so many digits, at least one.
fn digits(most: usize, chance: &mut Chance) -> String {
    let n = chance.count(1..=most.max(1));
    exactly(n, chance)
}

fn exactly(n: usize, chance: &mut Chance) -> String {
    (0..n)
        .map(|_| char::from(b'0' + chance.below(10) as u8))
        .collect()
}

/// A whole number, without leading zeros mostly.
fn number(params: &TextParams, chance: &mut Chance) -> String {
    // Short numbers are commoner.
    let (low, high) = (*params.digits.start(), *params.digits.end());
    let n = (low + ((high + 1 - low) as f32 * chance.unit().powf(1.15)) as usize)
        .min(high)
        .max(1);
    let mut all: Vec<u8> = exactly(n, chance).into_bytes();
    if chance.maybe(params.round) {
        let zeros = chance.count(1..=5).min(n.saturating_sub(1));
        all[n - zeros..].fill(b'0');
    } else if chance.maybe(params.repeated) {
        let from = chance.below(n);
        let digit = all[from];
        let to = (from + chance.count(2..=4)).min(n);
        all[from..to].fill(digit);
    }
    if all[0] == b'0' && n > 1 && chance.maybe(0.85) {
        all[0] = b'1' + chance.below(9) as u8;
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// With a sign before every three digits from the right.
fn grouped(number: &str, separator: &str) -> String {
    let mut out = String::new();
    for (at, digit) in number.chars().enumerate() {
        if at > 0 && (number.len() - at).is_multiple_of(3) {
            out.push_str(separator);
        }
        out.push(digit);
    }
    out
}

fn amount(params: &TextParams, chance: &mut Chance) -> String {
    let whole = number(params, chance);
    let separator = chance.pick([".", ".", ".", ".", ",", ",", "·", "'", " ", "", "", ""]);
    let mut text = grouped(&whole, separator);
    let cents = exactly(2, chance);
    match chance.below(18) {
        0..5 => {}
        5 => text.push('-'),
        6 => text.push('='),
        7 => text.push_str(".-"),
        8 => text.push_str(",-"),
        9 => text.push_str(chance.pick([".=", ",=", "=-", "--", ".--", ":", ".:-", "·-"])),
        10 => text.push_str(chance.pick([".", ".", ","])),
        11 => text.push_str(chance.pick([".00", ",00", ".00", " 00"])),
        12 | 13 => text.push_str(&format!("{}{cents}", chance.pick([".", ",", ".", " "]))),
        14 => text.push_str(&format!(" {{{cents}}}")),
        15 => {
            let part = chance.pick([&cents[..], "xx", "00", "no"]);
            let [open, close] = chance.pick([["", ""], ["{", "}"]]);
            text.push_str(&format!(" {open}{part}/100{close}"));
        }
        16 => text.push('#'),
        _ => text.push_str(chance.pick(["/-", "/=", ".-#", "-#", "**", "*"])),
    }
    match chance.below(14) {
        0 => format!("#{text}"),
        1 => format!(
            "{}{text}",
            chance.pick(["=", "-", "**", "€ ", "$", "Fr.", "="])
        ),
        2 => format!("{}{text}", chance.pick([".", "-", "=", "€", "#"])),
        _ => text,
    }
}

fn decimal(chance: &mut Chance) -> String {
    let (whole, part) = (digits(4, chance), digits(3, chance));
    format!("{whole}{}{part}", chance.pick([".", ",", "·", ".", ","]))
}

fn signed(params: &TextParams, chance: &mut Chance) -> String {
    let sign = chance.pick(["-", "-", "-", "+"]);
    let number = if chance.maybe(0.6) {
        number(params, chance)
    } else {
        decimal(chance)
    };
    if chance.maybe(0.1) {
        format!("{sign} {number}")
    } else {
        format!("{sign}{number}")
    }
}

fn date(chance: &mut Chance) -> String {
    let mut part = |most: usize| {
        let value = 1 + chance.below(most);
        if chance.maybe(0.5) {
            format!("{value:02}")
        } else {
            value.to_string()
        }
    };
    let (day, month) = (part(31), part(12));
    let year = 1900 + chance.below(140);
    let sign = chance.pick([".", "/", "-", ".", "/", " ", "·"]);
    match chance.below(6) {
        0 => format!("{year}{sign}{month}{sign}{day}"),
        1 => format!("{day}{sign}{month}{sign}"),
        2 => format!("{day}{sign}{month}"),
        3 => format!("{day}{sign}{month}{sign}{:02}", year % 100),
        4 => format!("{day}.{month} {year}"),
        _ => format!("{day}{sign}{month}{sign}{year}"),
    }
}

fn time(chance: &mut Chance) -> String {
    let (hour, minute, second) = (chance.below(24), chance.below(60), chance.below(60));
    match chance.below(6) {
        0 => format!("{hour}:{minute:02}:{second:02}"),
        1 => format!("{hour:02}.{minute:02}"),
        2 => format!(
            "{hour}:{minute:02} {}",
            chance.pick(["h", "am", "pm", "Uhr"])
        ),
        3 => format!("{hour}:{minute:02}-{}:{second:02}", (hour + 1) % 24),
        4 => format!("{hour}h{minute:02}"),
        _ => format!("{hour}:{minute:02}"),
    }
}

fn code(chance: &mut Chance) -> String {
    let letter = |chance: &mut Chance| {
        let at = chance.below(LETTERS.len());
        LETTERS[at..=at].to_owned()
    };
    match chance.below(7) {
        0 => {
            let n = chance.count(6..=16);
            exactly(n, chance)
        }
        1 => {
            let (n, groups) = (chance.count(2..=5), chance.count(2..=4));
            let sign = chance.pick([" ", " ", "-", ".", "/"]);
            let groups: Vec<String> = (0..groups).map(|_| exactly(n, chance)).collect();
            groups.join(sign)
        }
        2 => format!("{}{}", letter(chance), digits(6, chance)),
        3 => format!(
            "{}{}{}",
            digits(3, chance),
            letter(chance),
            digits(4, chance)
        ),
        4 => format!(
            "{}-{}",
            exactly(chance.count(2..=4), chance),
            exactly(chance.count(2..=6), chance)
        ),
        5 => format!("0{}", digits(9, chance)),
        _ => {
            let n = chance.count(3..=8);
            exactly(n, chance)
        }
    }
}

fn sum(chance: &mut Chance) -> String {
    let (a, b) = (digits(3, chance), digits(2, chance));
    let sign = chance.pick(["+", "-", "×", "÷", "/", ":", "+", "×", "÷", "·"]);
    let gap = if chance.maybe(0.15) { " " } else { "" };
    match chance.below(6) {
        0 => format!("{a}{gap}{sign}{gap}{b}{gap}={gap}{}", digits(4, chance)),
        1 => format!("{a}{gap}{sign}{gap}{b}{gap}="),
        2 => format!("{a}={b}"),
        3 => format!(
            "{} {}/{}",
            digits(2, chance),
            chance.below(9) + 1,
            chance.below(9) + 1
        ),
        4 => format!("{}/{}", digits(2, chance), digits(2, chance)),
        _ => format!("{a}{gap}{sign}{gap}{b}"),
    }
}

fn unit(params: &TextParams, chance: &mut Chance) -> String {
    let number = if chance.maybe(0.6) {
        number(params, chance)
    } else {
        decimal(chance)
    };
    let gap = if chance.maybe(0.6) { " " } else { "" };
    match chance.below(5) {
        0 | 1 => format!("{}{gap}{number}", chance.pick(BEFORE)),
        2 => {
            // A form's own print.
            let word = chance.pick([
                "No.", "Total", "Nr.", "Date", "CHF", "Sum:", "Qty", "Age", "ID", "$", "EUR",
            ]);
            format!("<{word}> {number}")
        }
        _ => format!("{number}{gap}{}", chance.pick(UNITS)),
    }
}

fn several(params: &TextParams, chance: &mut Chance) -> String {
    let n = chance.pick([2, 2, 3]);
    let short = TextParams {
        digits: 1..=4,
        ..params.clone()
    };
    let numbers: Vec<String> = (0..n).map(|_| number(&short, chance)).collect();
    numbers.join(" ")
}

fn struck(params: &TextParams, chance: &mut Chance) -> String {
    let short = TextParams {
        digits: 1..=5,
        ..params.clone()
    };
    let (old, new) = (number(&short, chance), number(&short, chance));
    match chance.below(7) {
        0 | 1 => format!("[{old}]"),
        2 => format!("{new} [{old}]"),
        3 => {
            // One digit of a number, and the right one after it.
            let at = chance.below(new.len());
            let wrong = chance.below(10);
            format!("{}[{wrong}]{}", &new[..at], &new[at..])
        }
        4 => format!("[{}]", chance.pick(WORDS)),
        _ => format!("[{old}] {new}"),
    }
}

fn none(chance: &mut Chance) -> String {
    match chance.below(6) {
        0 => chance
            .pick(["-", "-", "--", "---", "/", "=", "×", "."])
            .to_owned(),
        1 => format!("{} {}", chance.pick(WORDS), chance.pick(WORDS)),
        2 => chance.pick(["*", "#", "N/A", "(", "&", "×"]).to_owned(),
        3 => {
            let n = chance.count(1..=8);
            let letter = |chance: &mut Chance| LETTERS.as_bytes()[chance.below(LETTERS.len())];
            (0..n).map(|_| char::from(letter(chance))).collect()
        }
        4 => chance.pick(UNITS).to_owned(),
        _ => chance.pick(WORDS).to_owned(),
    }
}

/// Signs among digits in any order.
fn mixed(chance: &mut Chance) -> String {
    let n = chance.count(2..=10);
    let mut text = String::new();
    for _ in 0..n {
        match chance.weighted(&[0.62, 0.26, 0.06, 0.06]) {
            0 => text.push(char::from(b'0' + chance.below(10) as u8)),
            1 => text.push(chance.pick(['-', '+', '.', ',', '·', ':', '/', '×', '÷', '=', '%'])),
            2 if !text.is_empty() => text.push(' '),
            _ => {
                let at = chance.below(LETTERS.len());
                text.push_str(&LETTERS[at..=at]);
            }
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use shuzi_data::rng::RngStream;
    use shuzi_line::Symbol;

    use super::*;

    #[test]
    fn every_sign_occurs_and_no_text_is_too_long() {
        let params = TextParams::default();
        let mut chance = Chance::new(1, RngStream::TextLine, 0);
        let mut seen = std::collections::BTreeMap::<Symbol, usize>::new();
        for _ in 0..20_000 {
            let text = text(&params, &mut chance);
            assert!((1..=params.longest).contains(&text.0.len()));
            for symbol in text.label() {
                *seen.entry(symbol).or_default() += 1;
            }
        }
        for symbol in Symbol::ALL {
            let n = seen.get(&symbol).copied().unwrap_or(0);
            assert!(n > 150, "{symbol}: {n}");
        }
    }

    #[test]
    fn thousands_are_grouped_from_the_right() {
        assert_eq!(grouped("1234567", "."), "1.234.567");
        assert_eq!(grouped("123", ","), "123");
    }
}
