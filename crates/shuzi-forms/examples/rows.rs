//! Reads pictures of filled forms by templates, and prints a row of JSON each.
//!
//! `cargo run --release -p shuzi-forms --example rows -- TEMPLATE.toml … IMAGE …`

use std::{error::Error, fs};

use shuzi_forms::{
    FormReader, FormReaderConfig, Template,
    output::Rows,
    reader::{Form, Told},
};
use shuzi_models::{Model, READER};
use shuzi_nn::Threads;
use shuzi_reader::image::decode::decode;

#[allow(clippy::print_stdout)] // it is what it is for
fn main() -> Result<(), Box<dyn Error>> {
    let (templates, images): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|name| name.ends_with(".toml"));
    let mut forms = Vec::new();
    for template in templates {
        forms.push(Form::new(Template::checked(&fs::read_to_string(
            template,
        )?)?)?);
    }
    let digits = Model::load(READER)?.classifier(Threads::available())?;
    let mut reader = FormReader::new(digits, None, forms, FormReaderConfig::default())?;
    let mut rows = Rows::default();
    for image in images {
        let picture = decode(&fs::read(&image)?, Default::default())?;
        let page = reader.read(&picture, &Told::default())?;
        if let Some(row) = rows.add(image, page, &reader) {
            println!("{}", serde_json::to_string(&row)?);
        }
    }
    for row in rows.finish(&reader) {
        println!("{}", serde_json::to_string(&row)?);
    }
    Ok(())
}
