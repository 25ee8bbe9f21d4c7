//! Measured, not believed: how often operators err, and what remains.

use std::collections::BTreeMap;

use serde::Serialize;
use shuzi_reader::calibration::upper_bound;

use crate::{error::StoreError, store::Store};

/// The share of wrong fields of two clerks who key blind: a meta-analysis of 93 papers.
pub const GOAL: f64 = 0.0014;

/// A share, with bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    /// Of how many.
    pub of: u32,
    /// How many.
    pub count: u32,
    /// The share itself, if there is one.
    pub share: Option<f64>,
    /// What it is at least, with 95 % (Clopper and Pearson).
    pub low: f64,
    /// What it is at most, with 95 %.
    pub high: f64,
}

impl Share {
    /// So many of so many.
    ///
    /// ```
    /// use shuzi_review::Share;
    ///
    /// let share = Share::new(0, 2995);
    /// assert!(share.high < 0.001 && share.low == 0.0);
    /// assert_eq!(Share::new(0, 0).high, 1.0);
    /// ```
    pub fn new(count: u32, of: u32) -> Self {
        let share = (of > 0).then(|| f64::from(count) / f64::from(of));
        let [low, high] = match of {
            0 => [0.0, 1.0],
            _ => [
                1.0 - upper_bound(of.saturating_sub(count), of),
                upper_bound(count, of),
            ],
        };
        Self {
            of,
            count,
            share,
            low,
            high,
        }
    }
}

/// What is known of an operator's work. Acts that were undone don't count.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OperatorStatistics {
    /// Who.
    pub operator: String,
    /// Items that were keyed or arbitrated.
    pub items: u32,
    /// Digits that were judged in groups.
    pub digits: u32,
    /// Of what was known when it was keyed, what was keyed wrong.
    pub wrong: Share,
    /// Of digits under a wrong heading, those that were left there.
    pub missed: Share,
    /// Median time from being shown to being keyed, in seconds.
    pub seconds_an_item: Option<f64>,
}

/// What is known of a stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Statistics {
    /// Items in all.
    pub items: u32,
    /// Accepted by the reader.
    pub read: u32,
    /// To be keyed, still or once more.
    pub open: u32,
    /// Keyed differently, to be arbitrated.
    pub disputed: u32,
    /// Keyed the same.
    pub agreed: u32,
    /// Arbitrated.
    pub arbitrated: u32,
    /// How many people key each.
    pub keyings: i64,
    /// Of what was known before, what came out wrong in the end.
    pub wrong: Share,
    /// The share of wrong fields that two clerks reach.
    pub goal: f64,
    /// Each operator, by name.
    pub operators: Vec<OperatorStatistics>,
}

impl Store {
    /// What is known of the stack and of who works on it.
    ///
    /// # Errors
    /// If the database can't be read.
    pub fn statistics(&self) -> Result<Statistics, StoreError> {
        let mut all = Statistics {
            keyings: self.keyings()?,
            goal: GOAL,
            ..Statistics::default()
        };
        let mut phases = self
            .db
            .prepare("SELECT phase, count(*) FROM state GROUP BY phase")?;
        let phases = phases.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for phase in phases {
            let (phase, count): (String, u32) = phase?;
            all.items += count;
            *match phase.as_str() {
                "read" => &mut all.read,
                "disputed" => &mut all.disputed,
                "agreed" => &mut all.agreed,
                "arbitrated" => &mut all.arbitrated,
                _ => &mut all.open,
            } = count;
        }
        let sql = "SELECT count(*), coalesce(sum(s.value <> i.known), 0)
            FROM item AS i JOIN state AS s ON s.item = i.id
            WHERE i.known IS NOT NULL AND s.value IS NOT NULL";
        all.wrong = self
            .db
            .query_row(sql, [], |row| Ok(Share::new(row.get(1)?, row.get(0)?)))?;
        all.operators = self.operators()?;
        Ok(all)
    }

    fn operators(&self) -> Result<Vec<OperatorStatistics>, StoreError> {
        let mut operators: BTreeMap<String, OperatorStatistics> = BTreeMap::new();
        // What a check is held against is what others had agreed on.
        let sql = "SELECT a.operator, a.kind, a.at - a.began,
                CASE a.kind WHEN 'check' THEN a.before WHEN 'key' THEN i.known END, a.after
            FROM live AS a JOIN item AS i ON i.id = a.item";
        let mut acts = self.db.prepare(sql)?;
        let acts = acts.query_map([], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })?;
        let mut times: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        let mut checked: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        for act in acts {
            let (name, kind, took, known, after): (String, String, i64, Option<String>, String) =
                act?;
            if kind != "check" {
                operators.entry(name.clone()).or_default().items += 1;
            }
            if let Some(known) = known {
                let (of, wrong) = checked.entry(name.clone()).or_default();
                *of += 1;
                *wrong += u32::from(known != after);
            }
            times.entry(name).or_default().push(took);
        }
        let sql = "SELECT a.operator, count(*), sum(v.planted), sum(v.planted AND NOT v.outlier)
            FROM verdict AS v JOIN live AS a ON a.seq = v.act GROUP BY a.operator";
        let mut verdicts = self.db.prepare(sql)?;
        let verdicts = verdicts.query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        for verdict in verdicts {
            let (name, count, planted, missed): (String, u32, u32, u32) = verdict?;
            let operator = operators.entry(name).or_default();
            operator.digits = count - planted;
            operator.missed = Share::new(missed, planted);
        }
        for (name, (of, wrong)) in checked {
            operators.entry(name).or_default().wrong = Share::new(wrong, of);
        }
        for (name, took) in times {
            operators.entry(name).or_default().seconds_an_item = median(took);
        }
        let named = operators.into_iter().map(|(name, statistics)| {
            let none = |share: Share| {
                if share.of == 0 {
                    Share::new(0, 0)
                } else {
                    share
                }
            };
            OperatorStatistics {
                operator: name,
                wrong: none(statistics.wrong),
                missed: none(statistics.missed),
                ..statistics
            }
        });
        Ok(named.collect())
    }
}

/// In seconds, of milliseconds.
fn median(mut took: Vec<i64>) -> Option<f64> {
    took.sort_unstable();
    let middle = *took.get(took.len() / 2)?;
    Some(middle as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_clopper_and_pearson() {
        // Sums of binomials, in another language: 0.0082258 and 0.0757108.
        let share = Share::new(3, 100);
        assert!((share.low - 0.008_23).abs() < 1e-4, "{share:?}");
        assert!((share.high - 0.075_71).abs() < 1e-4, "{share:?}");
        assert_eq!(share.share, Some(0.03));
        assert_eq!(Share::new(5, 5).high, 1.0);
    }
}
