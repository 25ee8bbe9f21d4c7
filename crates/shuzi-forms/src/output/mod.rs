//! Rows of a table.

mod csv;
mod row;
mod rows;

pub use self::{
    csv::CsvTable,
    row::{FieldRow, Row},
    rows::Rows,
};
