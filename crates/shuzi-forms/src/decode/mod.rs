//! What boxes say, put together: values of fields, and rules across them.

mod field;
mod judge;

pub(crate) use self::field::value;
pub use self::{
    field::{Candidate, DecodeParams, FieldReading, Reason, decode, decode_ticks},
    judge::{Judged, RuleParams, judge},
};
