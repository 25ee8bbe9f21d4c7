//! What an operator says, and how it is kept.
//!
//! Acts are added, never changed: an undoing is one more. Each has a name that its client gave,
//! so that one that is sent again, for its answer was lost, is known and not done twice.

use rusqlite::{OptionalExtension, Transaction};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    error::{ActError, StoreError},
    store::{Millis, Store},
    task::{Asking, lease, said},
};

/// Most characters of what is keyed.
pub const MOST_TEXT: usize = 64;

/// What is keyed for what can't be read.
pub const ILLEGIBLE: &str = "?";

/// How many of an operator's last acts can be undone.
pub const MOST_UNDONE: usize = 50;

/// Lengths of an act's name.
const ID: std::ops::RangeInclusive<usize> = 8..=64;

/// Something that an operator says.
///
/// ```
/// use shuzi_review::{Act, Deed};
///
/// let json = r#"{"id": "5f1c-0001", "deed": {"key": {"item": 7, "text": "42"}}}"#;
/// let act: Act = serde_json::from_str(json)?;
/// assert_eq!(act.deed, Deed::Key { item: 7, text: "42".into() });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Its name, which no other has: 8 to 64 letters, digits and `-`.
    pub id: String,
    /// What is said.
    pub deed: Deed,
}

/// What can be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Deed {
    /// What an item shows; `?` if it can't be read.
    Key {
        /// Which item.
        item: i64,
        /// What it shows.
        text: String,
    },
    /// What an item shows of which two people said something else.
    Arbitrate {
        /// Which item.
        item: i64,
        /// What it shows.
        text: String,
    },
    /// Which digits of a group are what its heading says, and which are not.
    Group {
        /// Those that are.
        accepted: Vec<i64>,
        /// Those that are not.
        outliers: Vec<i64>,
    },
    /// The operator's last act that holds is taken back.
    Undo {},
}

/// That an act is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Its place among all acts.
    pub seq: i64,
    /// Whether it had been done before.
    pub replayed: bool,
    /// The item that it was about, or that is before the operator again.
    pub item: Option<i64>,
}

/// What is written of an act.
struct Entry {
    kind: &'static str,
    item: Option<i64>,
    undoes: Option<i64>,
    began: Millis,
    shown: serde_json::Value,
    before: Option<String>,
    after: Option<String>,
}

impl Store {
    /// Does what an operator says. When this returns, it is on disk.
    ///
    /// # Errors
    /// [`StoreError::Act`] if it is not before the operator, or can't be said; then nothing
    /// has changed.
    pub fn perform(
        &mut self,
        operator: &str,
        act: &Act,
        now: Millis,
    ) -> Result<Receipt, StoreError> {
        check_id(&act.id)?;
        let request = json!(act.deed).to_string();
        let change = self.change()?;
        if let Some(receipt) = done_before(&change, operator, &act.id, &request)? {
            return Ok(receipt);
        }
        let asking = Asking { me: operator, now };
        let entry = match &act.deed {
            Deed::Key { item, text } => key(&change, operator, *item, text)?,
            Deed::Arbitrate { item, text } => arbitrate(&change, operator, *item, text)?,
            Deed::Group { accepted, outliers } => group(&change, operator, accepted, outliers)?,
            Deed::Undo {} => undo(&change, &asking)?,
        };
        change.execute(
            "INSERT INTO act (id, operator, began, at, kind, item, undoes, shown, before, after,
                 request) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                &act.id,
                operator,
                entry.began,
                now,
                entry.kind,
                entry.item,
                entry.undoes,
                entry.shown.to_string(),
                entry.before,
                entry.after,
                request,
            ),
        )?;
        let seq = change.last_insert_rowid();
        if let Deed::Group { accepted, outliers } = &act.deed {
            judge(&change, operator, seq, accepted, outliers)?;
        }
        change.commit()?;
        Ok(Receipt {
            seq,
            replayed: false,
            item: entry.item,
        })
    }
}

fn check_id(id: &str) -> Result<(), ActError> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if ID.contains(&id.len()) && id.bytes().all(fine) {
        return Ok(());
    }
    let got = id.chars().take(*ID.end() + 1).collect();
    Err(ActError::Id { got })
}

/// What can be keyed: visible ASCII and spaces within, or that it can't be read.
fn check_text(text: &str) -> Result<(), ActError> {
    let fine = |byte: u8| (byte.is_ascii_graphic() && byte != b'?') || byte == b' ';
    let spaces = text.starts_with(' ') || text.ends_with(' ');
    if text == ILLEGIBLE || (text.len() <= MOST_TEXT && text.bytes().all(fine) && !spaces) {
        return Ok(());
    }
    Err(ActError::Text {
        most: MOST_TEXT,
        got: text.chars().take(MOST_TEXT + 1).collect(),
    })
}

/// The receipt of an act that came before.
fn done_before(
    change: &Transaction<'_>,
    operator: &str,
    id: &str,
    request: &str,
) -> Result<Option<Receipt>, StoreError> {
    let sql = "SELECT seq, operator = ? AND request = ?, item FROM act WHERE id = ?";
    let found = change.query_row(sql, (operator, request, id), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    });
    match found.optional()? {
        None => Ok(None),
        Some((seq, true, item)) => Ok(Some(Receipt {
            seq,
            replayed: true,
            item,
        })),
        Some((_, false, _)) => Err(ActError::IdTaken { id: id.to_owned() }.into()),
    }
}

/// Ends an operator's lease on an item: its purpose, and when it began.
fn end_lease(
    change: &Transaction<'_>,
    operator: &str,
    item: i64,
) -> Result<(String, Millis), StoreError> {
    let sql = "DELETE FROM lease WHERE item = ? AND operator = ? RETURNING purpose, began";
    let lease = change
        .query_row(sql, (item, operator), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    lease.ok_or_else(|| ActError::NoLease { item }.into())
}

/// What the reader says of an item, whether that was shown, and what holds of it.
fn item(
    change: &Transaction<'_>,
    item: i64,
) -> Result<(String, bool, Option<String>), rusqlite::Error> {
    let sql = "SELECT i.proposed, (SELECT value = 1 FROM setting WHERE name = 'keyings'),
        (SELECT value FROM state WHERE item = i.id) FROM item AS i WHERE i.id = ?";
    change.query_row(sql, [item], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

fn key(change: &Transaction<'_>, operator: &str, id: i64, text: &str) -> Result<Entry, StoreError> {
    check_text(text)?;
    let (purpose, began) = end_lease(change, operator, id)?;
    let (proposed, seen, value) = item(change, id)?;
    let kind = match (purpose.as_str(), &value) {
        ("key", _) => "key",
        // There must be something to hold it against.
        ("check", Some(_)) => "check",
        _ => return Err(ActError::NoLease { item: id }.into()),
    };
    let shown = json!({"screen": "field", "proposed": seen.then_some(&proposed)});
    Ok(Entry {
        kind,
        item: Some(id),
        undoes: None,
        began,
        shown,
        // Of what others agreed on, that; else what the reader says.
        before: Some(value.unwrap_or(proposed)),
        after: Some(text.to_owned()),
    })
}

fn arbitrate(
    change: &Transaction<'_>,
    operator: &str,
    id: i64,
    text: &str,
) -> Result<Entry, StoreError> {
    check_text(text)?;
    let said = json!(said(change, id)?);
    let (purpose, began) = end_lease(change, operator, id)?;
    let sql = "SELECT phase = 'disputed' FROM state WHERE item = ?";
    let disputed: bool = change.query_row(sql, [id], |row| row.get(0))?;
    if purpose != "arbitrate" || !disputed {
        return Err(ActError::NoLease { item: id }.into());
    }
    Ok(Entry {
        kind: "arbitrate",
        item: Some(id),
        undoes: None,
        began,
        before: Some(said.to_string()),
        shown: json!({"screen": "arbitrate", "said": said}),
        after: Some(text.to_owned()),
    })
}

fn group(
    change: &Transaction<'_>,
    operator: &str,
    accepted: &[i64],
    outliers: &[i64],
) -> Result<Entry, StoreError> {
    let sql = "SELECT glyph, heading, began FROM glyph_lease WHERE operator = ? ORDER BY glyph";
    let mut rows = change.prepare(sql)?;
    let rows = rows.query_map([operator], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let held: Vec<(i64, u8, Millis)> = rows.collect::<Result<_, _>>()?;
    let mut named = [accepted, outliers].concat();
    named.sort_unstable();
    let before_them: Vec<i64> = held.iter().map(|(glyph, ..)| *glyph).collect();
    let Some(&(_, heading, began)) = held.first() else {
        return Err(ActError::Glyphs.into());
    };
    if named != before_them {
        return Err(ActError::Glyphs.into());
    }
    let counts = json!({"accepted": accepted.len(), "outliers": outliers.len()});
    Ok(Entry {
        kind: "group",
        item: None,
        undoes: None,
        began,
        shown: json!({"screen": "group", "heading": heading, "glyphs": named}),
        before: Some(heading.to_string()),
        after: Some(counts.to_string()),
    })
}

/// Writes what a group act says of each digit.
fn judge(
    change: &Transaction<'_>,
    operator: &str,
    seq: i64,
    accepted: &[i64],
    outliers: &[i64],
) -> Result<(), rusqlite::Error> {
    let mut insert = change.prepare(
        "INSERT INTO verdict (act, glyph, outlier, planted)
         SELECT ?, glyph, ?, planted FROM glyph_lease WHERE glyph = ? AND operator = ?",
    )?;
    for (glyphs, outlier) in [(accepted, false), (outliers, true)] {
        for glyph in glyphs {
            insert.execute((seq, outlier, glyph, operator))?;
        }
    }
    change.execute("DELETE FROM glyph_lease WHERE operator = ?", [operator])?;
    Ok(())
}

/// Takes an operator's last act back that holds, and puts its item before them again.
fn undo(change: &Transaction<'_>, asking: &Asking<'_>) -> Result<Entry, StoreError> {
    let sql = "SELECT seq, kind, item, before, after FROM
            (SELECT * FROM act WHERE operator = ? AND kind <> 'undo' ORDER BY seq DESC LIMIT ?)
        WHERE seq IN (SELECT seq FROM live) ORDER BY seq DESC LIMIT 1";
    type Last = (i64, String, Option<i64>, Option<String>, Option<String>);
    let last: Option<Last> = change
        .query_row(sql, (asking.me, MOST_UNDONE as i64), |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })
        .optional()?;
    let Some((seq, kind, item, before, after)) = last else {
        return Err(ActError::NothingToUndo { most: MOST_UNDONE }.into());
    };
    let sql = "SELECT EXISTS (SELECT 1 FROM live AS b WHERE b.kind = 'arbitrate' AND b.seq > ?1
        AND (b.item = ?2 OR b.item IN (SELECT g.item FROM verdict AS v
            JOIN glyph AS g ON g.id = v.glyph WHERE v.act = ?1 AND NOT v.planted)))";
    if kind != "check" && change.query_row(sql, (seq, item), |row| row.get(0))? {
        return Err(ActError::BuiltUpon.into());
    }
    if let Some(item) = item {
        let sql = "SELECT EXISTS (SELECT 1 FROM lease WHERE item = ?)";
        let taken: bool = change.query_row(sql, [item], |row| row.get(0))?;
        if !taken {
            lease(change, item, asking, &kind)?;
        }
    }
    Ok(Entry {
        kind: "undo",
        item,
        undoes: Some(seq),
        began: asking.now,
        shown: json!({"screen": kind}),
        before: after,
        after: before,
    })
}
