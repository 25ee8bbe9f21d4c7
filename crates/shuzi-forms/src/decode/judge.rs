//! Rules across fields, judged by probability and never obeyed.

use std::collections::BTreeMap;

use super::field::{Candidate, DecodeParams, FieldReading, Reason, value};
use crate::template::{ExpandedField, rule::Rule};

/// How rules are judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RuleParams {
    /// Share of rules that writers break: totals are wrong now and then.
    pub broken: f64,
    /// Probability that a field of which nothing is known has a certain value.
    pub any: f64,
    /// Rounds in which rules that share fields tell each other.
    pub rounds: usize,
    /// Most sums of a rule's fields that are told apart, the likeliest.
    pub sums: usize,
}

impl Default for RuleParams {
    fn default() -> Self {
        Self {
            broken: 0.02,
            any: 0.002,
            rounds: 3,
            sums: 20_000,
        }
    }
}

/// How a rule came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// What is read obeys it.
    Holds,
    /// What is read breaks it: the rule, with the numbers.
    Broken(String),
    /// A field that it names has no value.
    Open,
}

/// A field's candidates as numbers, with what rules say of each.
struct Belief {
    values: Vec<i64>,
    local: Vec<f64>,
    /// Probability that it is none of them.
    rest: f64,
}

impl Belief {
    fn of(reading: &FieldReading) -> Self {
        let number = |candidate: &Candidate| -> i64 {
            // An empty field adds nothing.
            candidate.digits.parse().unwrap_or(0)
        };
        let local: Vec<f64> = reading.candidates.iter().map(|c| c.probability).collect();
        Self {
            values: reading.candidates.iter().map(number).collect(),
            rest: (1.0 - local.iter().sum::<f64>()).max(1e-6),
            local,
        }
    }
}

/// What a rule says of each candidate of a field, beside what it says of any other value.
struct Message {
    candidates: Vec<f64>,
    rest: f64,
}

/// Multiplies what rules say into the confidence of fields, and judges each rule. Where what is
/// written breaks one, its fields are not accepted.
pub fn judge(
    fields: &[ExpandedField],
    readings: &mut [FieldReading],
    rules: &[Rule],
    params: RuleParams,
    decode: DecodeParams,
) -> Vec<Judged> {
    let places: BTreeMap<&str, usize> = fields
        .iter()
        .enumerate()
        .map(|(index, field)| (field.name.as_str(), index))
        .collect();
    let beliefs: Vec<Belief> = readings.iter().map(Belief::of).collect();
    let mut messages: BTreeMap<(usize, usize), Message> = BTreeMap::new();
    // What all rules but one say of a field, with its own candidates.
    let without = |messages: &BTreeMap<(usize, usize), Message>, field: usize, rule: usize| {
        let belief = &beliefs[field];
        let mut weights = belief.local.clone();
        let mut rest = belief.rest;
        for other in (0..rules.len()).filter(|other| *other != rule) {
            if let Some(message) = messages.get(&(other, field)) {
                for (weight, said) in weights.iter_mut().zip(&message.candidates) {
                    *weight *= said;
                }
                rest *= message.rest;
            }
        }
        let all = weights.iter().sum::<f64>() + rest;
        let share = |weight: &f64| weight / all;
        (weights.iter().map(share).collect::<Vec<f64>>(), rest / all)
    };
    let balances: Vec<(Vec<(usize, i64)>, i64)> = rules
        .iter()
        .map(|rule| {
            let (terms, constant) = rule.balance();
            let place = |(name, times): (&str, i64)| Some((*places.get(name)?, times));
            (terms.into_iter().filter_map(place).collect(), constant)
        })
        .collect();
    for _ in 0..params.rounds {
        for (index, (terms, constant)) in balances.iter().enumerate() {
            let known: Vec<(Vec<f64>, f64)> = terms
                .iter()
                .map(|(field, _)| without(&messages, *field, index))
                .collect();
            for (at, (field, times)) in terms.iter().enumerate() {
                let others = terms
                    .iter()
                    .zip(&known)
                    .enumerate()
                    .filter(|(other, _)| *other != at);
                let sums = sums(
                    others.map(|(_, ((field, times), (weights, rest)))| {
                        (&beliefs[*field].values, *times, weights, *rest)
                    }),
                    *constant,
                    params.sums,
                );
                let broken = params.broken * params.any;
                let holds = |value: i64| {
                    let sum = times.checked_mul(value).and_then(i64::checked_neg);
                    let others = sum
                        .and_then(|sum| sums.known.get(&sum))
                        .copied()
                        .unwrap_or(0.0);
                    (1.0 - params.broken) * (others + sums.rest * params.any) + broken
                };
                let message = Message {
                    candidates: beliefs[*field].values.iter().map(|v| holds(*v)).collect(),
                    rest: params.any,
                };
                messages.insert((index, *field), message);
            }
        }
    }
    for (field, reading) in readings.iter_mut().enumerate() {
        if !(0..rules.len()).any(|rule| messages.contains_key(&(rule, field))) {
            continue;
        }
        let (weights, _) = without(&messages, field, usize::MAX);
        choose(&fields[field], reading, &weights);
    }
    let number = |name: &str| -> Option<i64> {
        let reading = readings.get(*places.get(name)?)?;
        match (
            &reading.value,
            reading.cells.contains(|c: char| c.is_ascii_digit()),
        ) {
            (Some(value), _) => value.replace('.', "").parse().ok(),
            (None, false) if reading.cells.chars().all(|c| matches!(c, '_' | 'x')) => Some(0),
            _ => None,
        }
    };
    let judged: Vec<Judged> = rules
        .iter()
        .map(|rule| match (rule.sides(number), rule.broken(number)) {
            (None, _) => Judged::Open,
            (_, None) => Judged::Holds,
            (_, Some(text)) => Judged::Broken(text),
        })
        .collect();
    for (judged, (terms, _)) in judged.iter().zip(&balances) {
        if let Judged::Broken(text) = judged {
            for (field, _) in terms {
                let reason = Reason::Rule(text.clone());
                if !readings[*field].reasons.contains(&reason) {
                    readings[*field].reasons.push(reason);
                }
            }
        }
    }
    for reading in readings.iter_mut() {
        reading.settle(decode);
    }
    judged
}

/// Takes the candidate that rules and its own probability make likeliest.
fn choose(field: &ExpandedField, reading: &mut FieldReading, weights: &[f64]) {
    let best = (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]));
    let Some(best) = best else {
        return;
    };
    for (candidate, weight) in reading.candidates.iter_mut().zip(weights) {
        candidate.probability = *weight;
    }
    let digits = reading.candidates[best].digits.clone();
    let plain: String = reading.cells.chars().filter(char::is_ascii_digit).collect();
    reading.corrected = digits != plain;
    reading.value = value(&digits, field.field.value, field.field.decimal);
    reading.confidence = weights[best].clamp(0.0, 1.0);
    reading
        .candidates
        .sort_by(|a, b| b.probability.total_cmp(&a.probability));
}

/// Sums of fields with their probabilities, and the probability that a field is none of its
/// candidates.
struct Sums {
    known: BTreeMap<i64, f64>,
    rest: f64,
}

fn sums<'a>(
    fields: impl Iterator<Item = (&'a Vec<i64>, i64, &'a Vec<f64>, f64)>,
    constant: i64,
    most: usize,
) -> Sums {
    let mut known = BTreeMap::from([(constant, 1.0)]);
    for (values, times, weights, _) in fields {
        let mut next: BTreeMap<i64, f64> = BTreeMap::new();
        for (sum, p) in &known {
            for (value, weight) in values.iter().zip(weights) {
                let sum = times
                    .checked_mul(*value)
                    .and_then(|value| sum.checked_add(value));
                if let Some(sum) = sum {
                    *next.entry(sum).or_insert(0.0) += p * weight;
                }
            }
        }
        if next.len() > most {
            let mut all: Vec<(i64, f64)> = next.into_iter().collect();
            all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            all.truncate(most);
            next = all.into_iter().collect();
        }
        known = next;
    }
    let rest = (1.0 - known.values().sum::<f64>()).max(0.0);
    Sums { known, rest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Template;

    fn form() -> (Vec<ExpandedField>, Vec<Rule>) {
        let field = |name: &str, y: u32| {
            format!(
                "[[page.field]]\nname = \"{name}\"\nat = [20, {y}]\n\
                 shape = {{ kind = \"boxes\", count = 3 }}\n"
            )
        };
        let text = format!(
            "form = \"f\"\nrules = [\"total == a + b\"]\n[[page]]\n{}{}{}",
            field("a", 50),
            field("b", 70),
            field("total", 90)
        );
        let template = Template::parse(&text).unwrap();
        (template.fields().unwrap(), template.parsed_rules().unwrap())
    }

    fn reading(candidates: &[(&str, f64)]) -> FieldReading {
        let mut reading = FieldReading {
            cells: format!("{:_>3}", candidates[0].0),
            value: Some(candidates[0].0.to_owned()),
            confidence: candidates[0].1,
            accepted: false,
            reasons: Vec::new(),
            corrected: false,
            candidates: candidates
                .iter()
                .map(|(digits, probability)| Candidate {
                    digits: (*digits).to_owned(),
                    probability: *probability,
                })
                .collect(),
        };
        reading.settle(DecodeParams::default());
        reading
    }

    fn judged(fields: [&[(&str, f64)]; 3]) -> (Vec<FieldReading>, Judged) {
        let (form, rules) = form();
        let mut readings: Vec<FieldReading> = fields.into_iter().map(reading).collect();
        let judged = judge(
            &form,
            &mut readings,
            &rules,
            RuleParams::default(),
            DecodeParams::default(),
        );
        (readings, judged[0].clone())
    }

    #[test]
    fn a_sum_that_holds_makes_its_fields_surer() {
        let (readings, outcome) = judged([
            &[("12", 0.99), ("72", 0.005)],
            &[("30", 0.8), ("80", 0.15)],
            &[("42", 0.99), ("92", 0.004)],
        ]);
        assert_eq!(outcome, Judged::Holds);
        assert!(
            readings[1].accepted && readings[1].confidence > 0.98,
            "{readings:?}"
        );
    }

    #[test]
    fn a_doubtful_digit_is_corrected_and_told() {
        let (readings, outcome) = judged([
            &[("12", 0.995)],
            &[("80", 0.55), ("30", 0.42)],
            &[("42", 0.995)],
        ]);
        assert_eq!(outcome, Judged::Holds);
        assert_eq!(readings[1].value.as_deref(), Some("30"));
        assert!(readings[1].corrected && readings[1].cells == "_80");
    }

    #[test]
    fn what_plainly_breaks_a_rule_is_reported_as_written() {
        let sure = 0.9999;
        let (readings, outcome) = judged([&[("12", sure)], &[("30", sure)], &[("24", sure)]]);
        let text = "total == a + b: 24 = 24, 12 + 30 = 42".to_owned();
        assert_eq!(outcome, Judged::Broken(text.clone()));
        for (reading, value) in readings.iter().zip(["12", "30", "24"]) {
            assert_eq!(reading.value.as_deref(), Some(value));
            assert!(!reading.accepted && !reading.corrected);
            assert!(reading.reasons.contains(&Reason::Rule(text.clone())));
        }
    }

    #[test]
    fn a_field_that_was_not_read_leaves_a_rule_open() {
        let (form, rules) = form();
        let mut readings = vec![
            reading(&[("12", 0.99)]),
            FieldReading::unread(3, Reason::Page("torn".into())),
            reading(&[("42", 0.99)]),
        ];
        let (rule, decode) = (RuleParams::default(), DecodeParams::default());
        let judged = judge(&form, &mut readings, &rules, rule, decode);
        assert_eq!(judged, [Judged::Open]);
        assert!(readings[0].confidence > 0.95, "{readings:?}");
        assert!(!readings[1].accepted);
    }
}
