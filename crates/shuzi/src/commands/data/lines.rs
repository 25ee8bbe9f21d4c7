//! `shuzi data lines`: what the reader's network is trained on as whole numbers.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use safetensors::{Dtype, tensor::TensorView};
use serde::Serialize;
use shuzi_data::{
    handwriting::{Marks, Page},
    mnist::Store,
    strings::Content,
};
use shuzi_models::READER;
use shuzi_reader::{FEATURES, NAMES, SIDE, Scores, WEIGHTS};

use super::{
    cut_line::CutLine,
    hands::{HandArgs, Hands, Kind},
};
use crate::{Outcome, args::Format, commands::model, context::Context, output};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File to write, in the safetensors format
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The network that says what need not be cut
    #[arg(long, value_name = "MODEL", default_value = READER)]
    model: String,
    /// How many lines of handwriting to cut
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pages: u32,
    #[command(flatten)]
    hands: HandArgs,
}

/// What an arc may be: a digit or none.
const ANSWERS: usize = 11;

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record {
    file: PathBuf,
    lines: usize,
    arcs: usize,
    digits: usize,
}

/// Columns of the file, see [`Columns::write`]: lines one after the other, and their arcs.
#[derive(Default)]
struct Columns {
    crops: Vec<u8>,
    ends: Vec<i32>,
    evidence: Vec<f32>,
    arcs: Vec<i32>,
    places: Vec<i32>,
    lengths: Vec<i32>,
    digits: Vec<u8>,
}

/// What the pages show, in turn: three of eight as on paper.
fn kind(index: u32) -> Kind {
    match index % 8 {
        0 => Kind::Empty(index / 8),
        1 | 2 => Kind::Strings(Content::Touching),
        3 => Kind::Strings(Content::Digits),
        4 => Kind::Written(Marks::Many),
        _ => Kind::Written(Marks::Few),
    }
}

pub(super) fn run(args: &Args, store: &Store, context: &Context) -> anyhow::Result<Outcome> {
    let hands = Hands::load(&args.hands, store)?;
    // Before the work: it takes minutes.
    if let Some(folder) = args.out.parent() {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let mut classifier = model::load(&args.model)?.classifier(context.threads.clone())?;
    let mut columns = Columns::default();
    let pages = |page: Page, image| (page.digits, image);
    hands.each_page(kind, args.pages, context, pages, |(digits, image)| {
        let lines = CutLine::all_of(image, &mut classifier)?;
        // Of a page that is not one line nobody knows which digits are on which.
        if digits.is_empty() || lines.len() == 1 {
            for line in &lines {
                columns.add(line, &digits);
            }
        }
        Ok(())
    })?;
    columns.write(&args.out)?;
    let record = Record {
        file: args.out.clone(),
        lines: columns.arcs.len(),
        arcs: columns.ends.len() / 2,
        digits: columns.digits.len(),
    };
    match context.format {
        Format::Text => output::line(format_args!(
            "{} lines of {} digits, {} that may be some, in {}",
            record.lines,
            record.digits,
            record.arcs,
            args.out.display()
        ))?,
        Format::Json => output::json(&record)?,
    }
    Ok(Outcome::Done)
}

impl Columns {
    /// Adds a line, if some way through it may give `digits`.
    fn add(&mut self, line: &CutLine, digits: &[u8]) {
        if !line.may_have(digits.len()) {
            return;
        }
        // Of what all are sure, the network's logarithms are 0: what the rest says.
        let sure = Scores {
            digits: [1.0; 10],
            none: 1.0,
        };
        for (hypothesis, crop) in line.line.hypotheses.iter().zip(&line.crops) {
            self.crops.extend(crop.pixels);
            self.ends
                .extend([hypothesis.from, hypothesis.to].map(|place| place as i32));
            let (log, none) = hypothesis.shape.weigh(&sure);
            self.evidence.extend(log.map(|log| log as f32));
            self.evidence.push(none as f32);
        }
        self.arcs.push(line.line.hypotheses.len() as i32);
        self.places.push(line.line.places as i32);
        self.lengths.push(digits.len() as i32);
        self.digits.extend(digits);
    }

    /// Writes what was added as tensors: of each arc its `crops` `[n, 28, 28]`, its
    /// `ends` `[n, 2]` and what size, place and cuts say for each digit and for none,
    /// `evidence` `[n, 11]`; of each line how many `arcs` and `places` it has and the
    /// length of its number, `lengths`; the `digits` of all; and the `weights` of the
    /// evidence, those of the network's probabilities among them.
    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let [arcs, lines] = [self.ends.len() / 2, self.arcs.len()];
        let evidence = bytes(&self.evidence, f32::to_le_bytes);
        let weights = bytes(&WEIGHTS.map(|weight| weight as f32), f32::to_le_bytes);
        let [ends, of_line, places, lengths] =
            [&self.ends, &self.arcs, &self.places, &self.lengths]
                .map(|column| bytes(column, i32::to_le_bytes));
        let columns = [
            ("crops", Dtype::U8, vec![arcs, SIDE, SIDE], &self.crops),
            ("ends", Dtype::I32, vec![arcs, 2], &ends),
            ("evidence", Dtype::F32, vec![arcs, ANSWERS], &evidence),
            ("arcs", Dtype::I32, vec![lines], &of_line),
            ("places", Dtype::I32, vec![lines], &places),
            ("lengths", Dtype::I32, vec![lines], &lengths),
            ("digits", Dtype::U8, vec![self.digits.len()], &self.digits),
            ("weights", Dtype::F32, vec![FEATURES], &weights),
        ];
        let views = columns
            .into_iter()
            .map(|(name, dtype, shape, data)| Ok((name, TensorView::new(dtype, shape, data)?)));
        let views: Vec<_> = views.collect::<anyhow::Result<_>>()?;
        let features = HashMap::from([("features".to_owned(), NAMES.join("\n"))]);
        safetensors::serialize_to_file(views, Some(features), path)
            .with_context(|| path.display().to_string())
    }
}

/// Little-endian.
fn bytes<T: Copy, const N: usize>(values: &[T], of: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| of(value)).collect()
}
