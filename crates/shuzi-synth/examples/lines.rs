//! Made lines to look at, or made and counted.
//!
//! ```text
//! cargo run --release -p shuzi-synth --example lines -- --seed 1 --n 60 --out lines.png
//! cargo run --release -p shuzi-synth --example lines -- --seed 1 --n 3000
//! ```
//!
//! With `--out` a contact sheet is written, each line with its label under it; without, the
//! lines are made on one core and their rate is printed. `--mnist FOLDER` adds MNIST's
//! training digits.

use std::{collections::BTreeMap, error::Error, path::PathBuf, time::Instant};

use font8x8::UnicodeFonts;
use image::GrayImage;
use shuzi_data::{ClassScheme, Dataset};
use shuzi_line::{HEIGHT, Symbol};
use shuzi_synth::{Bank, LineParams, Lines};

/// Columns and rows of a line's place on the sheet.
const PLACE: [usize; 2] = [400, HEIGHT + 12];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let number = |name: &str, usual: u64| value(name).map_or(Ok(usual), |text| text.parse());
    let (seed, n) = (number("--seed", 1)?, number("--n", 60)?);
    let mut banks = vec![Bank::numbers_ch()?];
    if let Some(folder) = value("--mnist").map(PathBuf::from) {
        let file = |name: &str| folder.join(name);
        let set = Dataset::read(
            &file("train-images-idx3-ubyte"),
            &file("train-labels-idx1-ubyte"),
            ClassScheme::Digits,
        )?;
        banks.push(Bank::new(&set));
    }
    let lines = Lines::new(banks, LineParams::default());
    match value("--out") {
        Some(out) => sheet(&lines, seed, n)?.save(out)?,
        None => rate(&lines, seed, n)?,
    }
    Ok(())
}

/// The lines one below the other in columns.
fn sheet(lines: &Lines, seed: u64, n: u64) -> Result<GrayImage, Box<dyn Error>> {
    let [wide, high] = PLACE;
    let columns = if n > 24 { 3 } else { 1 };
    let rows = (n as usize).div_ceil(columns);
    let mut sheet =
        GrayImage::from_pixel((columns * wide) as u32, (rows * high) as u32, [110].into());
    for index in 0..n {
        let line = lines.sample(seed, index)?;
        let (left, top) = (
            index as usize % columns * wide,
            index as usize / columns * high,
        );
        for (at, pixel) in line.image.pixels.iter().enumerate() {
            let (x, y) = (at % line.image.width, at / line.image.width);
            if x < wide - 4 {
                sheet.put_pixel((left + x) as u32, (top + y) as u32, [255 - pixel].into());
            }
        }
        for (at, char) in format!("{index} {}", Symbol::text(&line.label))
            .chars()
            .enumerate()
        {
            let rows = font8x8::BASIC_FONTS
                .get(char)
                .or_else(|| font8x8::LATIN_FONTS.get(char))
                .unwrap_or_default();
            for bit in 0..64 {
                if rows[bit / 8] >> (bit % 8) & 1 == 1 && at * 8 + bit % 8 < wide {
                    let (x, y) = (left + at * 8 + bit % 8, top + HEIGHT + 2 + bit / 8);
                    sheet.put_pixel(x as u32, y as u32, [255].into());
                }
            }
        }
    }
    Ok(sheet)
}

/// Makes the lines and prints how many a second and what they show.
#[expect(clippy::print_stdout, reason = "an example's output")]
fn rate(lines: &Lines, seed: u64, n: u64) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let (mut columns, mut signs) = (0, BTreeMap::<Symbol, usize>::new());
    for index in 0..n {
        let line = lines.sample(seed, index)?;
        columns += line.image.width;
        for symbol in line.label {
            *signs.entry(symbol).or_default() += 1;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let all: usize = signs.values().sum();
    println!(
        "{:.0} lines a second, {:.0} columns and {:.1} signs each",
        n as f64 / seconds,
        columns as f64 / n as f64,
        all as f64 / n as f64
    );
    for (symbol, count) in signs {
        println!("{symbol} {:.2} %", 100.0 * count as f64 / all as f64);
    }
    Ok(())
}
