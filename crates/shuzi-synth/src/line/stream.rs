//! The stream of made lines.

use shuzi_data::rng::RngStream;
use shuzi_line::{LineError, LineImage, Polarity, Symbol, Window};

use super::{Line, LineParams, compose, draw_glyphs, draw_mark, ink::inks};
use crate::{
    bank::Bank,
    geometry::Bounds,
    marks::{Layer, Mark, Scene, cells, marks, strikes},
    optics::Optics,
    paper::Paper,
    random::Chance,
    raster::Raster,
    role::Role,
    text::{Text, text},
    writer::Writer,
};

/// A made line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLineSample {
    /// What a network is given: `[HEIGHT, width]`, ink bright.
    pub image: LineImage,
    /// The signs that it shows, from left to right; empty if there are none.
    pub label: Vec<Symbol>,
    /// What else is on the paper.
    pub marks: Vec<Role>,
    /// Coverage by the writing's ink, `[HEIGHT, width]`, 255 = covered, if it was asked for
    /// ([`LineParams::with_ink`]): truth, which no reader of real pictures has.
    pub ink: Option<Vec<u8>>,
}

/// A stream of made lines without end: the `index`-th line of a seed is always the same.
#[derive(Debug, Clone)]
pub struct Lines {
    banks: Vec<Bank>,
    params: LineParams,
}

impl Lines {
    /// Lines whose digits come from `banks` and from the pen; without banks all come from
    /// the pen.
    pub fn new(banks: Vec<Bank>, params: LineParams) -> Self {
        Self { banks, params }
    }

    /// What the lines vary by.
    pub fn params(&self) -> &LineParams {
        &self.params
    }

    /// The `index`-th line of `seed`.
    ///
    /// # Errors
    ///
    /// [`LineError`] if parameters make a picture that holds no line: no such default is
    /// known.
    ///
    /// ```
    /// use shuzi_synth::{LineParams, Lines};
    ///
    /// let lines = Lines::new(Vec::new(), LineParams::default());
    /// let line = lines.sample(1, 7)?;
    /// assert_eq!(line.image.pixels.len(), 32 * line.image.width);
    /// assert_eq!(line, lines.sample(1, 7)?);
    /// # Ok::<(), shuzi_line::LineError>(())
    /// ```
    pub fn sample(&self, seed: u64, index: u64) -> Result<TextLineSample, LineError> {
        let chance = &mut Chance::new(seed, RngStream::TextLine, index);
        let params = &self.params;
        let text = text(&params.text, chance);
        let label = text.label();
        let mut writer = Writer::new(&params.writer, self.banks.len(), chance);
        let spacing = params.cut.spacing(&text, &mut writer, chance);
        let mut line = compose(&text, &writer, &self.banks, spacing, chance);
        let mut over = strike_marks(&text, &line, &writer, chance);
        for mark in &over {
            line.bounds = line.bounds.and(mark.bounds());
        }
        let window = params.cut.window(&line, chance);
        let scene = Scene {
            line: &line,
            writer: &writer,
            text: line.bounds,
            window,
        };
        let mut all = marks(&params.marks, &scene, chance);
        all.append(&mut cells(&params.marks, &scene, chance));
        // Strikes come before what lies over all.
        over.append(&mut all);
        let picture = self.picture(&text, &line, &writer, window, &over, chance);
        let whole = Window {
            left: 0.0,
            top: 0.0,
            width: picture.width as f64,
            height: picture.height as f64,
        };
        let size = [picture.width, picture.height];
        let light = picture.inverted != chance.maybe(params.cut.wrong_polarity);
        let polarity = if light {
            Polarity::LightInk
        } else {
            Polarity::DarkInk
        };
        let image = LineImage::cut(&picture.grey, size, whole, polarity, &params.normalization)?;
        let ink = picture
            .ink
            .map(|ink| LineImage::resized(&ink, size, whole).map(|line| line.pixels))
            .transpose()?;
        Ok(TextLineSample {
            image,
            label,
            marks: over.iter().map(|mark| mark.role).collect(),
            ink,
        })
    }

    fn picture(
        &self,
        text: &Text,
        line: &Line<'_>,
        writer: &Writer,
        window: Bounds,
        marks: &[Mark],
        chance: &mut Chance,
    ) -> Picture {
        let params = &self.params;
        let (small, few) = &params.cut.small;
        let rows = if chance.maybe(*small) {
            few
        } else {
            &params.cut.rows
        };
        let rows = chance.log_between(rows);
        let scale = rows / window.height().max(0.1);
        let height = rows.round().max(8.0) as usize;
        let width = (window.width() * scale).round().max(8.0) as usize;
        let map = params.cut.map(window, scale, chance);
        let paper = Paper::new(&params.paper, chance);
        let inks = inks(&params.ink, text, &paper, chance);
        let optics = Optics::new(&params.optics, scale, inks.faintest(), chance);
        let mut raster = Raster::new(width, height, 1);
        raster.light = paper.light(width, height, scale, chance);
        if let Some(print) = &paper.print {
            raster.cover(&print.taken(width, height, scale), 0);
        }
        if params.with_ink {
            raster.written = Some(vec![0.0; width * height]);
        }
        for mark in marks.iter().filter(|mark| mark.layer == Layer::Under) {
            draw_mark(&mut raster, &map, mark, &inks, 0);
        }
        draw_glyphs(&mut raster, &map, line, &writer.nib, &inks, |_| 0, chance);
        for mark in marks.iter().filter(|mark| mark.layer == Layer::Over) {
            draw_mark(&mut raster, &map, mark, &inks, 0);
        }
        let ink = raster.written.take().map(|written| {
            let byte = |cover: f32| (255.0 * cover).round() as u8;
            written.into_iter().map(byte).collect()
        });
        Picture {
            grey: optics.seen(raster.light, width, 1, chance),
            ink,
            width,
            height,
            inverted: optics.inverted,
        }
    }
}

/// A grey picture of a line.
struct Picture {
    grey: Vec<u8>,
    ink: Option<Vec<u8>>,
    width: usize,
    height: usize,
    inverted: bool,
}

/// A strike over every run of glyphs that is struck out.
pub(crate) fn strike_marks(
    text: &Text,
    line: &Line<'_>,
    writer: &Writer,
    chance: &mut Chance,
) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut run = Bounds::NONE;
    let mut last = None;
    for glyph in &line.glyphs {
        let is_struck = text.0[glyph.item].struck;
        // Gaps within a strike have no glyph, but are struck.
        let goes_on =
            last.is_some_and(|last| text.0[last..glyph.item].iter().all(|item| item.struck));
        if !run.is_none() && (!is_struck || !goes_on) {
            marks.push(strikes(run, writer.nib.half, chance));
            run = Bounds::NONE;
        }
        if is_struck {
            run = run.and(glyph.bounds);
            last = Some(glyph.item);
        } else {
            last = None;
        }
    }
    if !run.is_none() {
        marks.push(strikes(run, writer.nib.half, chance));
    }
    marks
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use shuzi_data::fixture;
    use shuzi_line::{HEIGHT, MAX_WIDTH, MIN_WIDTH};

    use super::*;

    fn lines(with_ink: bool) -> Lines {
        let params = LineParams {
            with_ink,
            ..LineParams::default()
        };
        let (mnist, _) = fixture::load();
        Lines::new(vec![Bank::numbers_ch().unwrap(), Bank::new(&mnist)], params)
    }

    #[test]
    fn a_line_is_the_same_whatever_came_before_and_on_whatever_thread() {
        let lines = lines(true);
        let alone: Vec<_> = (0..24)
            .map(|index| lines.sample(9, index).unwrap())
            .collect();
        let (first, second) = std::thread::scope(|scope| {
            let some = |indices: [u64; 12]| indices.map(|index| lines.sample(9, index).unwrap());
            let even = scope.spawn(move || some(std::array::from_fn(|i| 22 - 2 * i as u64)));
            let odd = scope.spawn(move || some(std::array::from_fn(|i| 2 * i as u64 + 1)));
            (even.join().unwrap(), odd.join().unwrap())
        });
        for (i, line) in first.iter().enumerate() {
            assert_eq!(*line, alone[22 - 2 * i]);
        }
        for (i, line) in second.iter().enumerate() {
            assert_eq!(*line, alone[2 * i + 1]);
        }
        assert_ne!(lines.sample(9, 0).unwrap(), lines.sample(10, 0).unwrap());
    }

    #[test]
    fn every_sign_has_columns_and_ink() {
        let lines = lines(true);
        let mut seen = BTreeMap::<Symbol, usize>::new();
        for index in 0..1500 {
            let line = lines.sample(2, index).unwrap();
            let size = HEIGHT * line.image.width;
            assert_eq!(line.image.pixels.len(), size);
            let ink = line.ink.unwrap();
            assert_eq!(ink.len(), size);
            // A line network of stride two has a frame for every sign and for the blank
            // between equal ones.
            let pairs = line
                .label
                .windows(2)
                .filter(|pair| pair[0] == pair[1])
                .count();
            let least = 2 * (line.label.len() + pairs);
            assert!(line.image.width >= least, "{index}: {:?}", line.label);
            let own = |symbol: &&Symbol| !matches!(symbol, Symbol::Space | Symbol::Other);
            let signs = line.label.iter().filter(own).count();
            let inked = ink.iter().filter(|cover| **cover > 30).count();
            assert!(
                inked >= 2 * signs,
                "{index}: {inked} pixels for {:?}",
                line.label
            );
            for symbol in line.label {
                *seen.entry(symbol).or_default() += 1;
            }
        }
        for symbol in Symbol::ALL {
            assert!(seen.contains_key(&symbol), "{symbol} in {seen:?}");
        }
    }

    #[test]
    fn ink_is_brighter_than_paper_when_the_polarity_is_right() {
        let mut params = LineParams {
            with_ink: true,
            ..LineParams::default()
        };
        params.cut.wrong_polarity = 0.0;
        params.marks.strip = 0.0;
        let lines = Lines::new(Vec::new(), params);
        let (mut brighter, mut all) = (0, 0);
        for index in 0..200 {
            let line = lines.sample(4, index).unwrap();
            let ink = line.ink.unwrap();
            let mean = |covered: bool| {
                let pixels = line.image.pixels.iter().zip(&ink);
                let of: Vec<f32> = pixels
                    .filter(|(_, cover)| (**cover > 127) == covered)
                    .map(|(pixel, _)| f32::from(*pixel))
                    .collect();
                (!of.is_empty()).then(|| of.iter().sum::<f32>() / of.len() as f32)
            };
            if let (Some(ink), Some(paper)) = (mean(true), mean(false)) {
                all += 1;
                brighter += usize::from(ink > paper + 15.0);
            }
        }
        // Noise as strong as the weakest ink leaves a few.
        assert!(
            all > 180 && brighter * 100 >= all * 96,
            "{brighter} of {all}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_seed_and_any_extreme_of_the_parameters_gives_a_line(
            seed: u64, index: u64, extreme in 0usize..8,
        ) {
            let mut params = LineParams::default();
            match extreme {
                0 => params.writer.slants = -30.0..-29.0,
                1 => params.writer.half_width = 0.2..0.25,
                2 => params.cut.small = (1.0, 8.0..9.0),
                3 => params.paper.print = (1.0, 0.4..0.5),
                4 => params.text.longest = 1,
                5 => params.cut.cells = (1.0, 0.3..0.4),
                6 => params.cut.tilt = (1.0, 0.9),
                _ => params.optics.jpeg = (1.0, 1.0..2.0),
            }
            let longest = params.text.longest;
            let line = Lines::new(Vec::new(), params).sample(seed, index).unwrap();
            prop_assert!((MIN_WIDTH..=MAX_WIDTH).contains(&line.image.width));
            prop_assert!(line.label.len() <= longest.max(3));
        }
    }
}
