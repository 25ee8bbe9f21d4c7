//! What is put before an operator, and for how long.
//!
//! Two operators never have the same before them: who is given an item has a lease on it.

use rusqlite::{OptionalExtension, Row, Transaction, named_params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    error::StoreError,
    store::{Millis, Store},
};

/// How long an item is kept for who was given it, in milliseconds: a pause for coffee.
pub const LEASE_MS: Millis = 15 * 60 * 1000;

/// Of so many that an operator keys, one is known: 3.6 %, of the 2 to 5 % that show an
/// operator's errors at little cost.
pub const ONE_KNOWN_IN: i64 = 28;

/// Most digits of a group.
pub const MOST_GLYPHS: usize = 100;

/// The kinds of items that are keyed one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Screen {
    /// One to be keyed.
    Field,
    /// One of which two people said something else.
    Arbitrate,
}

/// Which items.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Of this field.
    pub field: Option<String>,
    /// At most so likely right.
    pub max_confidence: Option<f64>,
    /// With this among the reasons.
    pub reason: Option<String>,
    /// Of which this operator has said something.
    pub operator: Option<String>,
}

/// An item that is before an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The item.
    pub item: i64,
    /// The picture or form that it stands on.
    pub row: String,
    /// Its name there.
    pub field: String,
    /// What it looks like, a PNG, unless that was forgotten.
    pub crop: Option<Vec<u8>>,
    /// What the reader says; not of what is keyed blind.
    pub proposed: Option<String>,
    /// How likely that is right.
    pub confidence: f64,
    /// Why it is not accepted.
    pub reasons: Vec<String>,
    /// What it has to obey.
    pub rule: Option<String>,
    /// What was said of it, to be arbitrated.
    pub said: Vec<String>,
    /// The other fields of its row that are known, with their values.
    pub neighbours: Vec<(String, String)>,
}

/// Digits that are before an operator as a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What they were read as.
    pub heading: u8,
    /// The least certain first.
    pub glyphs: Vec<GroupGlyph>,
}

/// One of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupGlyph {
    /// The digit.
    pub glyph: i64,
    /// How likely it is what it was read as.
    pub confidence: f64,
    /// `[28, 28]`, unless that was forgotten.
    pub pixels: Option<Vec<u8>>,
}

/// Whom a query is for, and when.
pub(crate) struct Asking<'a> {
    pub(crate) me: &'a str,
    pub(crate) now: Millis,
}

/// Whether the operator had a part in what was said of item `i` with state `s`.
const INVOLVED: &str = "(EXISTS (SELECT 1 FROM live AS a WHERE a.item = i.id
        AND a.operator = :me AND a.kind IN ('key', 'arbitrate'))
    OR (s.grouped AND EXISTS (SELECT 1 FROM glyph AS g JOIN judged AS j ON j.glyph = g.id
        WHERE g.item = i.id AND j.operator = :me)))";

/// Whether item `i` is before somebody.
const TAKEN: &str = "(EXISTS (SELECT 1 FROM lease AS l WHERE l.item = i.id)
    OR EXISTS (SELECT 1 FROM glyph_lease AS l JOIN glyph AS g ON g.id = l.glyph
        WHERE g.item = i.id AND NOT l.planted))";

/// Whether a filter lets item `i` pass.
const PASSES: &str = "(:field IS NULL OR i.field = :field)
    AND (:confidence IS NULL OR i.confidence <= :confidence)
    AND (:reason IS NULL OR instr(i.reasons, :reason) > 0)
    AND (:operator IS NULL OR EXISTS (SELECT 1 FROM live AS a
        WHERE a.item = i.id AND a.operator = :operator))";

impl Store {
    /// The next item for an operator: what is before them already, or the least certain that
    /// nobody has. `None` if there is none that they may say something of. A group that is
    /// before them is given back for [`Screen::Field`].
    ///
    /// # Errors
    /// If the database can't be read or written.
    pub fn next(
        &mut self,
        operator: &str,
        screen: Screen,
        filter: &Filter,
        now: Millis,
    ) -> Result<Option<Task>, StoreError> {
        let change = self.change()?;
        let asking = Asking { me: operator, now };
        end_leases(&change, now)?;
        if screen == Screen::Field {
            // Who looks at one has left the group that was before them.
            let sql = "DELETE FROM glyph_lease WHERE operator = ?";
            change.execute(sql, [operator])?;
        }
        let found = match held(&change, operator, screen)? {
            Some(item) => Some(item),
            None => find(&change, &asking, screen, filter)?,
        };
        let task = found.map(|item| task(&change, item, screen)).transpose()?;
        change.commit()?;
        Ok(task)
    }

    /// Digits that were read as `heading`, or as the one with most of them: what is before the
    /// operator already, or at most `count` that nobody has. A few that are something else
    /// may be among them, to see whether they are seen.
    ///
    /// # Errors
    /// If the database can't be read or written.
    pub fn next_group(
        &mut self,
        operator: &str,
        heading: Option<u8>,
        count: usize,
        filter: &Filter,
        now: Millis,
    ) -> Result<Option<Group>, StoreError> {
        let change = self.change()?;
        let asking = Asking { me: operator, now };
        end_leases(&change, now)?;
        let sql = "SELECT heading FROM glyph_lease WHERE operator = ? LIMIT 1";
        let held: Option<u8> = change
            .query_row(sql, [operator], |row| row.get(0))
            .optional()?;
        let heading = match held {
            Some(heading) => Some(heading),
            None => gather(&change, &asking, heading, count.min(MOST_GLYPHS), filter)?,
        };
        let group = heading.map(|heading| group(&change, operator, heading));
        let group = group.transpose()?;
        change.commit()?;
        Ok(group)
    }
}

/// Ends the leases whose time is over, or that have no purpose any more.
fn end_leases(change: &Transaction<'_>, now: Millis) -> Result<(), rusqlite::Error> {
    let sql = "DELETE FROM lease WHERE until <= ? OR
        (SELECT CASE lease.purpose WHEN 'key' THEN s.phase <> 'open'
            WHEN 'check' THEN s.phase NOT IN ('agreed', 'arbitrated')
            ELSE s.phase <> 'disputed' END
         FROM state AS s WHERE s.item = lease.item)";
    change.execute(sql, [now])?;
    change.execute("DELETE FROM glyph_lease WHERE until <= ?", [now])?;
    Ok(())
}

/// What is before an operator on a screen; of several, the last: it was taken back.
fn held(
    change: &Transaction<'_>,
    operator: &str,
    screen: Screen,
) -> Result<Option<i64>, rusqlite::Error> {
    let sql = "SELECT item FROM lease WHERE operator = ?1
        AND (purpose = 'arbitrate') = ?2 ORDER BY began DESC, item LIMIT 1";
    let arbitrate = screen == Screen::Arbitrate;
    change
        .query_row(sql, (operator, arbitrate), |row| row.get(0))
        .optional()
}

/// Finds an item and puts it before who asks.
fn find(
    change: &Transaction<'_>,
    asking: &Asking<'_>,
    screen: Screen,
    filter: &Filter,
) -> Result<Option<i64>, rusqlite::Error> {
    let open = "s.phase = 'open'";
    let queries: &[(&str, String)] = &match screen {
        Screen::Arbitrate => [("arbitrate", "s.phase = 'disputed'".to_owned())].to_vec(),
        Screen::Field if known_is_due(change, asking.me)? => [
            ("key", format!("{open} AND i.known IS NOT NULL")),
            // What others agreed on; their word is the measure.
            (
                "check",
                "s.phase IN ('agreed', 'arbitrated') AND s.votes >= 2
                 AND NOT EXISTS (SELECT 1 FROM act AS a WHERE a.item = i.id AND a.operator = :me)
                 AND NOT EXISTS (SELECT 1 FROM glyph AS g JOIN verdict AS v ON v.glyph = g.id
                     JOIN act AS a ON a.seq = v.act WHERE g.item = i.id AND a.operator = :me)"
                    .to_owned(),
            ),
            ("key", format!("{open} AND i.known IS NULL")),
        ]
        .to_vec(),
        Screen::Field => [
            ("key", format!("{open} AND i.known IS NULL")),
            ("key", format!("{open} AND i.known IS NOT NULL")),
        ]
        .to_vec(),
    };
    for (purpose, wanted) in queries {
        let sql = format!(
            "SELECT i.id FROM item AS i JOIN state AS s ON s.item = i.id
             WHERE {PASSES} AND NOT {TAKEN} AND {wanted} AND NOT {INVOLVED}
             ORDER BY i.confidence, i.id LIMIT 1"
        );
        let found: Option<i64> = change
            .query_row(
                &sql,
                named_params! {
                    ":me": asking.me, ":field": filter.field,
                    ":confidence": filter.max_confidence, ":reason": filter.reason,
                    ":operator": filter.operator,
                },
                |row| row.get(0),
            )
            .optional()?;
        if let Some(item) = found {
            lease(change, item, asking, purpose)?;
            return Ok(found);
        }
    }
    Ok(None)
}

/// Puts an item before an operator.
pub(crate) fn lease(
    change: &Transaction<'_>,
    item: i64,
    asking: &Asking<'_>,
    purpose: &str,
) -> Result<(), rusqlite::Error> {
    let sql = "INSERT INTO lease (item, operator, purpose, began, until) VALUES (?, ?, ?, ?, ?)";
    let until = asking.now.saturating_add(LEASE_MS);
    change.execute(sql, (item, asking.me, purpose, asking.now, until))?;
    Ok(())
}

/// Whether the next that an operator keys is one whose value is known: one in each
/// [`ONE_KNOWN_IN`], at a place that the operator can't tell.
fn known_is_due(change: &Transaction<'_>, operator: &str) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT count(*) FROM act WHERE operator = ? AND kind IN ('key', 'check')";
    let keyed: i64 = change.query_row(sql, [operator], |row| row.get(0))?;
    let place = chance(operator, keyed / ONE_KNOWN_IN) % ONE_KNOWN_IN as u64;
    Ok(place == (keyed % ONE_KNOWN_IN) as u64)
}

/// A number that is the same for the same operator and count, and else any.
fn chance(operator: &str, count: i64) -> u64 {
    let hash = Sha256::digest(format!("{operator}\n{count}").as_bytes());
    hash.iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn task(change: &Transaction<'_>, item: i64, screen: Screen) -> Result<Task, rusqlite::Error> {
    let sql = "SELECT i.row, i.field, i.crop, i.proposed, i.confidence, i.reasons, i.rule,
        (SELECT value FROM setting WHERE name = 'keyings') FROM item AS i WHERE i.id = ?";
    let mut task = change.query_row(sql, [item], |row| {
        let reasons: String = row.get(5)?;
        let keyings: i64 = row.get(7)?;
        let proposed: String = row.get(3)?;
        Ok(Task {
            item,
            row: row.get(0)?,
            field: row.get(1)?,
            crop: row.get(2)?,
            // Two are to be blind.
            proposed: (keyings == 1 && screen == Screen::Field).then_some(proposed),
            confidence: row.get(4)?,
            reasons: serde_json::from_str(&reasons).unwrap_or_default(),
            rule: row.get(6)?,
            said: Vec::new(),
            neighbours: Vec::new(),
        })
    })?;
    if screen == Screen::Arbitrate {
        task.said = said(change, item)?;
    }
    let sql = "SELECT i.field, s.value FROM item AS i JOIN state AS s ON s.item = i.id
        WHERE i.row = ? AND i.id <> ? AND s.value IS NOT NULL ORDER BY i.id LIMIT 50";
    let mut neighbours = change.prepare(sql)?;
    let neighbours =
        neighbours.query_map((&task.row, item), |row| Ok((row.get(0)?, row.get(1)?)))?;
    task.neighbours = neighbours.collect::<Result<_, _>>()?;
    Ok(task)
}

/// The different things that were said of an item.
pub(crate) fn said(change: &Transaction<'_>, item: i64) -> Result<Vec<String>, rusqlite::Error> {
    let sql = "SELECT a.after FROM live AS a WHERE a.item = ?1 AND a.kind = 'key'
        UNION SELECT c.proposed FROM counted AS c WHERE c.item = ?1 AND c.grouped";
    let mut said = change.prepare(sql)?;
    let said = said.query_map([item], |row| row.get(0))?;
    said.collect()
}

/// Finds digits and puts them before who asks.
fn gather(
    change: &Transaction<'_>,
    asking: &Asking<'_>,
    heading: Option<u8>,
    count: usize,
    filter: &Filter,
) -> Result<Option<u8>, rusqlite::Error> {
    // Of an item of which a person has said something, no group is asked.
    let open = format!(
        "FROM glyph AS g JOIN item AS i ON i.id = g.item
         WHERE {PASSES}
         AND NOT EXISTS (SELECT 1 FROM glyph_lease AS l WHERE l.glyph = g.id)
         AND NOT EXISTS (SELECT 1 FROM lease AS l WHERE l.item = g.item)
         AND NOT EXISTS (SELECT 1 FROM judged AS j WHERE j.glyph = g.id)
         AND NOT EXISTS (SELECT 1 FROM glyph AS o JOIN judged AS j ON j.glyph = o.id
             WHERE o.item = g.item AND j.outlier)
         AND (SELECT s.phase = 'open' AND s.votes = 0 FROM state AS s WHERE s.item = g.item)"
    );
    let named = named_params! {
        ":field": filter.field, ":confidence": filter.max_confidence,
        ":reason": filter.reason, ":operator": filter.operator,
    };
    let heading = match heading {
        Some(heading) => heading,
        None => {
            let sql = format!(
                "SELECT g.digit {open} GROUP BY g.digit ORDER BY count(*) DESC, g.digit LIMIT 1"
            );
            match change.query_row(&sql, named, |row| row.get(0)).optional()? {
                Some(heading) => heading,
                None => return Ok(None),
            }
        }
    };
    let digit = format!("AND g.digit = {heading} ORDER BY g.confidence, g.id LIMIT {count}");
    let mut found = change.prepare(&format!("SELECT g.id {open} {digit}"))?;
    let found: Vec<i64> = found
        .query_map(named, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Ok(None);
    }
    let sql = "INSERT INTO glyph_lease (glyph, operator, heading, planted, began, until)
        VALUES (?, ?, ?, ?, ?, ?)";
    let until = asking.now.saturating_add(LEASE_MS);
    let mut insert = change.prepare(sql)?;
    let planted = plant(change, asking, heading, found.len())?;
    let found = found.into_iter().map(|glyph| (glyph, false));
    for (glyph, planted) in found.chain(planted.into_iter().map(|glyph| (glyph, true))) {
        insert.execute((glyph, asking.me, heading, planted, asking.now, until))?;
    }
    Ok(Some(heading))
}

/// Digits that are known to be something else than a heading says: one for each
/// [`ONE_KNOWN_IN`] of a group, or now and then one for a smaller group.
fn plant(
    change: &Transaction<'_>,
    asking: &Asking<'_>,
    heading: u8,
    size: usize,
) -> Result<Vec<i64>, rusqlite::Error> {
    let sql = "SELECT count(*) FROM act WHERE operator = ? AND kind = 'group'";
    let groups: i64 = change.query_row(sql, [asking.me], |row| row.get(0))?;
    let one_in = ONE_KNOWN_IN as usize;
    let luck = (chance(asking.me, groups) % ONE_KNOWN_IN as u64) as usize;
    let count = size / one_in + usize::from(luck < size % one_in);
    let sql = format!(
        "SELECT g.id FROM glyph AS g JOIN state AS s ON s.item = g.item
         WHERE s.phase IN ('agreed', 'arbitrated') AND s.votes >= 2
         AND s.value NOT GLOB '*[^0-9]*'
         AND length(s.value) = (SELECT count(*) FROM glyph AS o WHERE o.item = g.item)
         AND substr(s.value, g.place + 1, 1) <> '{heading}'
         AND g.pixels IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM glyph_lease AS l WHERE l.glyph = g.id)
         AND NOT EXISTS (SELECT 1 FROM verdict AS v JOIN act AS a ON a.seq = v.act
             WHERE v.glyph = g.id AND a.operator = ?)
         ORDER BY g.confidence DESC, g.id LIMIT {count}"
    );
    let mut found = change.prepare(&sql)?;
    let found = found.query_map([asking.me], |row| row.get(0))?;
    found.collect()
}

/// The digits that are before an operator. What was planted stands anywhere among them.
fn group(change: &Transaction<'_>, operator: &str, heading: u8) -> Result<Group, rusqlite::Error> {
    let sql = "SELECT g.id, g.confidence, g.pixels, l.planted
        FROM glyph_lease AS l JOIN glyph AS g ON g.id = l.glyph
        WHERE l.operator = ? AND l.heading = ? ORDER BY l.planted, g.confidence, g.id";
    let mut rows = change.prepare(sql)?;
    let mut glyphs: Vec<GroupGlyph> = Vec::new();
    let each = rows.query_map((operator, heading), |row: &Row<'_>| {
        let glyph = GroupGlyph {
            glyph: row.get(0)?,
            confidence: row.get(1)?,
            pixels: row.get(2)?,
        };
        Ok((glyph, row.get::<_, bool>(3)?))
    })?;
    for row in each {
        let (mut glyph, planted) = row?;
        if planted && !glyphs.is_empty() {
            let place = chance(operator, glyph.glyph) % glyphs.len() as u64;
            let place = place as usize;
            glyph.confidence = glyphs[place].confidence;
            glyphs.insert(place, glyph);
        } else {
            glyphs.push(glyph);
        }
    }
    Ok(Group { heading, glyphs })
}
