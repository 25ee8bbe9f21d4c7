//! The file: opened, filled, and made to forget.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, named_params};

use crate::{error::StoreError, item::Item};

/// What the file is: `shzi`, in SQLite's field for it.
const APPLICATION: i64 = 0x7368_7a69;

/// Version of the tables.
const VERSION: i64 = 1;

/// Longest wait for another program that writes, in milliseconds.
const BUSY_MS: u32 = 5000;

const SCHEMA: &str = include_str!("schema.sql");

/// When something was, in milliseconds since 1970.
pub type Millis = i64;

/// A stack of items, and what was said of them: one SQLite file.
///
/// What a method has answered is on disk.
///
/// ```
/// use shuzi_review::{Item, Store};
///
/// let folder = tempfile::tempdir()?;
/// let mut store = Store::open(&folder.path().join("stack.db"))?;
/// let item = Item { row: "a.png".into(), field: "number".into(), ..Item::default() };
/// assert_eq!(store.add(&[item.clone()])?, 1);
/// assert_eq!(store.add(&[item])?, 0, "it is there already");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Store {
    pub(crate) db: Connection,
}

impl Store {
    /// Opens a stack, or makes an empty one that its owner alone can read.
    ///
    /// # Errors
    /// If the file can't be made or is something else.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        make(path).map_err(|source| StoreError::File {
            path: path.to_owned(),
            source,
        })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(std::time::Duration::from_millis(BUSY_MS.into()))?;
        // Before anything is written into what may be another program's file.
        let (application, version) = db
            .query_row(
                "SELECT (SELECT * FROM pragma_application_id), (SELECT * FROM pragma_user_version)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(|error| not_ours(error, path))?;
        match (application, version) {
            (APPLICATION, VERSION) => {}
            (APPLICATION, got) => {
                return Err(StoreError::Version {
                    path: path.to_owned(),
                    expected: VERSION,
                    got,
                });
            }
            _ if !is_empty(&db)? => {
                let path = path.to_owned();
                return Err(StoreError::Foreign { path });
            }
            _ => {}
        }
        // An act is on disk before it is acknowledged, and what is forgotten is overwritten.
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
        )?;
        let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Somebody else may have made the tables meanwhile.
        if is_empty(&change)? {
            change.execute_batch(SCHEMA)?;
            change.pragma_update(None, "application_id", APPLICATION)?;
            change.pragma_update(None, "user_version", VERSION)?;
        }
        change.commit()?;
        Ok(Self { db })
    }

    /// Adds items, all or none; those whose row and field are there already are left as they
    /// are. Returns how many were added.
    ///
    /// # Errors
    /// If one can't be an item, or the database can't be written.
    pub fn add(&mut self, items: &[Item]) -> Result<usize, StoreError> {
        items.iter().try_for_each(Item::check)?;
        let change = self.change()?;
        let mut added = 0;
        for item in items {
            added += usize::from(insert(&change, item)?);
        }
        change.commit()?;
        Ok(added)
    }

    /// How many items there are.
    ///
    /// # Errors
    /// If the database can't be read.
    pub fn len(&self) -> Result<usize, StoreError> {
        let count: i64 = self
            .db
            .query_row("SELECT count(*) FROM item", [], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Whether there are none.
    ///
    /// # Errors
    /// If the database can't be read.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.len()? == 0)
    }

    /// How many people key each item.
    ///
    /// # Errors
    /// If the database can't be read.
    pub fn keyings(&self) -> Result<i64, StoreError> {
        let sql = "SELECT value FROM setting WHERE name = 'keyings'";
        Ok(self.db.query_row(sql, [], |row| row.get(0))?)
    }

    /// Has each item keyed by one person, or by two who are blind of each other.
    ///
    /// # Errors
    /// If it is neither, or the database can't be written.
    pub fn set_keyings(&mut self, keyings: i64) -> Result<(), StoreError> {
        if !(1..=2).contains(&keyings) {
            return Err(StoreError::Keyings { got: keyings });
        }
        let sql = "UPDATE setting SET value = ? WHERE name = 'keyings'";
        self.db.execute(sql, [keyings])?;
        Ok(())
    }

    /// Drops all pictures, from the file too. What was read and said stays. Returns how many
    /// there were.
    ///
    /// # Errors
    /// If the database can't be written, or another program reads it at this moment.
    pub fn forget(&mut self) -> Result<usize, StoreError> {
        let change = self.change()?;
        let crops = change.execute("UPDATE item SET crop = NULL WHERE crop IS NOT NULL", [])?;
        let sql = "UPDATE glyph SET pixels = NULL WHERE pixels IS NOT NULL";
        let glyphs = change.execute(sql, [])?;
        change.commit()?;
        // The log has them still, and so have pages that are free now.
        self.db.execute_batch("VACUUM")?;
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let in_use: bool = self.db.query_row(sql, [], |row| row.get(0))?;
        if in_use {
            return Err(StoreError::InUse);
        }
        Ok(crops + glyphs)
    }

    /// A change that no other program's comes between.
    pub(crate) fn change(&mut self) -> Result<Transaction<'_>, rusqlite::Error> {
        self.db
            .transaction_with_behavior(TransactionBehavior::Immediate)
    }
}

/// Makes the file, for its owner alone: SQLite gives its log the same rights.
fn make(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn is_empty(db: &Connection) -> Result<bool, rusqlite::Error> {
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        Ok(row.get::<_, i64>(0)? == 0)
    })
}

fn not_ours(error: rusqlite::Error, path: &Path) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::Foreign {
            path: path.to_owned(),
        },
        _ => error.into(),
    }
}

/// Adds an item, unless it is there.
fn insert(change: &Transaction<'_>, item: &Item) -> Result<bool, rusqlite::Error> {
    let reasons = serde_json::Value::from(item.reasons.clone()).to_string();
    let added = change.execute(
        "INSERT INTO item (row, field, proposed, confidence, accepted, reasons, rule, model,
             template, known, crop)
         VALUES (:row, :field, :proposed, :confidence, :accepted, :reasons, :rule, :model,
             :template, :known, :crop)
         ON CONFLICT (row, field) DO NOTHING",
        named_params! {
            ":row": item.row, ":field": item.field, ":proposed": item.proposed,
            ":confidence": item.confidence, ":accepted": item.accepted, ":reasons": reasons,
            ":rule": item.rule, ":model": item.model, ":template": item.template,
            ":known": item.known, ":crop": item.crop,
        },
    )?;
    if added == 0 {
        return Ok(false);
    }
    let id = change.last_insert_rowid();
    let mut sql = change.prepare(
        "INSERT INTO glyph (item, place, digit, confidence, pixels) VALUES (?, ?, ?, ?, ?)",
    )?;
    for (place, glyph) in (0_i64..).zip(&item.glyphs) {
        sql.execute((id, place, glyph.digit, glyph.confidence, &glyph.pixels))?;
    }
    Ok(true)
}
