//! All that was ever said, as it was said.

use serde::Serialize;

use crate::{
    error::StoreError,
    store::{Millis, Store},
};

/// An act as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recorded {
    /// Its place among all.
    pub seq: i64,
    /// The name that its client gave it.
    pub id: String,
    /// Who.
    pub operator: String,
    /// When it was shown.
    pub began: Millis,
    /// When it was said.
    pub at: Millis,
    /// `key`, `check` (to see whether the operator is right), `group`, `arbitrate` or `undo`.
    pub kind: String,
    /// The item, of all but a group.
    pub item: Option<i64>,
    /// The act that it takes back.
    pub undoes: Option<i64>,
    /// What was shown, JSON.
    pub shown: String,
    /// What held before.
    pub before: Option<String>,
    /// What was said.
    pub after: Option<String>,
    /// What the client sent, JSON.
    pub request: String,
    /// Digits that stood under a wrong heading.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub planted: Vec<i64>,
    /// Hash of the networks that read the item.
    pub model: Option<String>,
    /// Hash of its form's template.
    pub template: Option<String>,
}

impl Store {
    /// All acts, in their order.
    ///
    /// # Errors
    /// If the database can't be read.
    pub fn history(&self) -> Result<Vec<Recorded>, StoreError> {
        let sql = "SELECT a.seq, a.id, a.operator, a.began, a.at, a.kind, a.item, a.undoes,
                a.shown, a.before, a.after, a.request, i.model, i.template,
                (SELECT json_group_array(v.glyph) FROM verdict AS v
                    WHERE v.act = a.seq AND v.planted)
            FROM act AS a LEFT JOIN item AS i ON i.id = a.item ORDER BY a.seq";
        let mut acts = self.db.prepare(sql)?;
        let acts = acts.query_map([], |row| {
            let planted: String = row.get(14)?;
            Ok(Recorded {
                seq: row.get(0)?,
                id: row.get(1)?,
                operator: row.get(2)?,
                began: row.get(3)?,
                at: row.get(4)?,
                kind: row.get(5)?,
                item: row.get(6)?,
                undoes: row.get(7)?,
                shown: row.get(8)?,
                before: row.get(9)?,
                after: row.get(10)?,
                request: row.get(11)?,
                planted: serde_json::from_str(&planted).unwrap_or_default(),
                model: row.get(12)?,
                template: row.get(13)?,
            })
        })?;
        Ok(acts.collect::<Result<_, _>>()?)
    }
}
