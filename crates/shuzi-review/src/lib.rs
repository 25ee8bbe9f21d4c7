//! The store behind review: what a reader doubts, and what people say of it.
//!
//! | module | what |
//! |---|---|
//! | [`item`] | what there is to review |
//! | [`store`] | the file: one SQLite database, that its owner alone can read |
//! | [`task`] | what is put before an operator; two never have the same |
//! | [`act`] | what an operator says: on disk before it is acknowledged, never lost, never done twice |
//! | [`statistics`] | how often operators err, by what was known before |
//! | [`export`] | what is known at present, and where it comes from |
//! | [`history`] | all that was ever said |
//! | [`operators`], [`token`] | who may review |
//!
//! ```
//! use shuzi_review::{Act, Deed, Filter, Item, Screen, Store};
//!
//! let folder = tempfile::tempdir()?;
//! let mut store = Store::open(&folder.path().join("stack.db"))?;
//! store.add(&[Item {
//!     row: "slip.png".into(),
//!     field: "amount".into(),
//!     proposed: "12".into(),
//!     ..Item::default()
//! }])?;
//! let now = 1_700_000_000_000;
//! let task = store.next("ana", Screen::Field, &Filter::default(), now)?.expect("an item");
//! let deed = Deed::Key { item: task.item, text: "72".into() };
//! store.perform("ana", &Act { id: "ana-0000001".into(), deed }, now + 2000)?;
//! assert_eq!(store.rows()?[0].fields[0].value.as_deref(), Some("72"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod act;
pub mod error;
pub mod export;
pub mod history;
pub mod item;
pub mod operators;
pub mod statistics;
pub mod store;
pub mod task;
pub mod token;

pub use act::{Act, Deed, Receipt};
pub use error::{ActError, StoreError};
pub use export::{LabelledCrop, LabelledGlyph, Row, Source, Value};
pub use history::Recorded;
pub use item::{Glyph, Item};
pub use operators::{Operators, OperatorsError};
pub use statistics::{OperatorStatistics, Share, Statistics};
pub use store::{Millis, Store};
pub use task::{Filter, Group, GroupGlyph, Screen, Task};
pub use token::{TokenError, TokenHash};
