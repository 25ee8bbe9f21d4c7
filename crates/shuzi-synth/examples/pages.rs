//! Made pages to look at: pictures, and beside them who owns which ink.
//!
//! ```text
//! cargo run --release -p shuzi-synth --example pages -- --seed 1 --n 12 --out folder
//! ```

use std::{error::Error, path::PathBuf};

use image::RgbImage;
use shuzi_line::Symbol;
use shuzi_synth::{Bank, PageParams, PageSample, Pages};

#[expect(clippy::print_stdout, reason = "an example's output")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let number = |name: &str, usual: u64| value(name).map_or(Ok(usual), |text| text.parse());
    let (seed, n) = (number("--seed", 1)?, number("--n", 12)?);
    let out = PathBuf::from(value("--out").unwrap_or_else(|| "pages".to_owned()));
    std::fs::create_dir_all(&out)?;
    let pages = Pages::new(vec![Bank::numbers_ch()?], PageParams::default());
    for index in 0..n {
        let page = pages.sample(seed, index);
        picture(&page, &page.pixels)?.save(out.join(format!("{index:03}.png")))?;
        picture(&page, &owners(&page))?.save(out.join(format!("{index:03}-owners.png")))?;
        let texts: Vec<String> = page.texts.iter().map(|text| Symbol::text(text)).collect();
        println!("{index:03} {}", texts.join(" | "));
    }
    Ok(())
}

fn picture(page: &PageSample, pixels: &[u8]) -> Result<RgbImage, Box<dyn Error>> {
    let (width, height) = (page.width as u32, page.height as u32);
    RgbImage::from_raw(width, height, pixels.to_vec()).ok_or_else(|| "a torn page".into())
}

/// Every mark in a colour of its own.
fn owners(page: &PageSample) -> Vec<u8> {
    let colour = |own: &u16| match own {
        0 => [255; 3],
        own => {
            let hash = u32::from(*own).wrapping_mul(0x9E37_79B1).to_be_bytes();
            [hash[0] / 4 * 3, hash[1] / 4 * 3, hash[2] / 4 * 3]
        }
    };
    page.owner.iter().flat_map(colour).collect()
}
