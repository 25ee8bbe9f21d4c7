//! `shuzi._shuzi`: what the Python package `shuzi` calls. Readings leave it as the JSON of the
//! command line, so that every door says the same; the package makes its classes of that.

mod error;
mod images;
mod network;
mod options;
mod picture;
mod reader;
mod training;

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs a command of the command line; the first word is the program's name.
#[pyfunction]
fn command_line(py: Python<'_>, words: Vec<OsString>) -> u8 {
    py.detach(|| shuzi::command_line(words))
}

/// The description of the server's answers, OpenAPI 3.1 as JSON: the package's classes are made
/// of its schemas.
#[pyfunction]
fn openapi_json() -> String {
    shuzi_server::openapi_json()
}

/// The largest vector instructions that are used: `avx512`, `avx2`, `neon` or `scalar`.
#[pyfunction]
fn instruction_set() -> String {
    shuzi_nn::Isa::current().to_string()
}

#[pymodule]
#[pyo3(name = "_shuzi")]
mod module {
    #[pymodule_export]
    use super::{
        command_line,
        error::ReadError,
        instruction_set,
        network::{Network, architecture_json, model_files},
        openapi_json,
        picture::picture_png,
        reader::Reader,
        training::{Batches, EpochBatches, Training, learning_rate, recipe_json},
    };
}
