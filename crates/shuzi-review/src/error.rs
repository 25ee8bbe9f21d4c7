//! Why the store does not do what it was asked.

use std::{io, path::PathBuf};

/// Why the store does not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database says no.
    #[error("the database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The file can't be made.
    #[error("can't make {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{path}: expected a stack of `shuzi review`")]
    Foreign {
        /// Which.
        path: PathBuf,
    },
    /// A newer version made it.
    #[error("{path}: expected version {expected} of a stack, got {got}")]
    Version {
        /// Which.
        path: PathBuf,
        /// What this program knows.
        expected: i64,
        /// What it is.
        got: i64,
    },
    /// An item that can't be one.
    #[error("item {field} of {row}: expected {expected}, got {got}")]
    Item {
        /// Where it stands.
        row: String,
        /// Which field.
        field: String,
        /// What it should have.
        expected: &'static str,
        /// What it has.
        got: String,
    },
    /// There are so many keyings at least and at most.
    #[error("expected 1 keying of each item or 2, got {got}")]
    Keyings {
        /// How many were asked for.
        got: i64,
    },
    /// Its log can't be emptied, and has pictures still.
    #[error("another program reads the stack: end it, and forget once more")]
    InUse,
    /// What a client did not do right.
    #[error(transparent)]
    Act(#[from] ActError),
}

/// Why an act is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// No such name.
    #[error("expected an id of 8 to 64 letters, digits and -, got {got:?}")]
    Id {
        /// What came.
        got: String,
    },
    /// Another act has this name already.
    #[error("another act has the id {id}")]
    IdTaken {
        /// Which.
        id: String,
    },
    /// That is nothing that can be keyed.
    #[error(
        "expected at most {most} ASCII characters, none of them ? but for what can't be read, got {got:?}"
    )]
    Text {
        /// How many there may be.
        most: usize,
        /// What came.
        got: String,
    },
    /// It is not before this operator, or no more.
    #[error("item {item} is not before you: ask for the next one")]
    NoLease {
        /// Which.
        item: i64,
    },
    /// The digits are not those that are before this operator.
    #[error("expected the digits that are before you, each once: ask for a group")]
    Glyphs,
    /// There is nothing left that can be undone.
    #[error("nothing of your last {most} acts can be undone")]
    NothingToUndo {
        /// How far back it goes.
        most: usize,
    },
    /// Somebody went on from it.
    #[error("somebody has arbitrated what you said: it can't be undone")]
    BuiltUpon,
}
