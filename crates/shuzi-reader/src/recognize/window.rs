//! Where the text lines of a page lie, by their ink and what stands beside it.

use serde::{Deserialize, Serialize};
use shuzi_line::{Polarity as LinePolarity, Window};

use crate::{
    binarize::{Ink, Polarity},
    image::rectangle::Rectangle,
    page::Page,
    recognize::finder::{FinderParams, find_lines},
    text_line::TextLine,
};

/// How lines are cut out of a page. Lengths in heights of the line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WindowParams {
    /// Room above and below the ink.
    pub room: f64,
    /// Room beside the ink.
    pub sides: f64,
    /// Widest gap to ink beside a line that is looked at with it: signs, units, a second
    /// number.
    pub gap: f64,
    /// How many times as high as the median of a line's components one is that may hang
    /// together with something else: a ring, a wall. Where there is one, the line is cut out
    /// twice, with and without it, and the cut of which the network is surer counts.
    pub tallest: f64,
    /// Least contrast, in grey levels, of a picture without ink that is looked at: strokes so
    /// thick that they are taken for paper.
    pub contrast: u8,
    /// Share of a line found on grey pixels alone that must not lie in the lines of the ink.
    pub new: f64,
    /// How lines are found on grey pixels. Off: those of the ink alone are read.
    pub finder: Option<FinderParams>,
}

impl Default for WindowParams {
    /// Within what made lines vary by (`shuzi_synth::CutParams`); `tallest` is a guess, and
    /// so is `contrast`.
    fn default() -> Self {
        Self {
            room: 0.1,
            sides: 0.3,
            gap: 1.5,
            tallest: 1.4,
            contrast: 60,
            new: 0.5,
            finder: Some(FinderParams::default()),
        }
    }
}

/// Which of ink and paper of a page is darker.
pub(crate) fn window_polarity(page: &Page) -> LinePolarity {
    match page.ink.as_ref().map(|ink| ink.polarity) {
        Some(Polarity::LightOnDark) => LinePolarity::LightInk,
        Some(Polarity::DarkOnLight) => LinePolarity::DarkInk,
        None => {
            // Of a picture that is all strokes, nothing tells; paper is mostly light.
            LinePolarity::DarkInk
        }
    }
}

/// Where the lines of a page may lie: of each line of its ink one window or two, then those of
/// lines that were found on grey pixels alone, a window each. Where there is no line at all, all
/// ink is one, or the picture if something is on it.
pub(crate) fn windows(page: &Page, params: WindowParams) -> Vec<Vec<Window>> {
    let polarity = window_polarity(page);
    let marks = Marks::of(page);
    let of_line = |line: &TextLine| -> Vec<Window> {
        let bands = bands(line, params);
        bands
            .into_iter()
            .map(|band| marks.window(band, params))
            .collect()
    };
    let mut windows: Vec<Vec<Window>> = page.lines.iter().map(of_line).collect();
    let known: Vec<Window> = windows.iter().flatten().copied().collect();
    let finder = params.finder;
    let lines = finder.map_or_else(Vec::new, |finder| {
        find_lines(&page.picture, polarity, finder)
    });
    let is_new = |line: &Rectangle| known.iter().all(|known| outside(line, known) >= params.new);
    for line in lines.into_iter().filter(is_new) {
        windows.push(vec![marks.window(line, params)]);
    }
    if windows.is_empty() {
        let all = marks.bounds().map(|all| vec![marks.window(all, params)]);
        windows.extend(all.or_else(|| whole_picture(page, params)));
    }
    windows
}

/// Share of a rectangle that does not lie in a window.
fn outside(line: &Rectangle, window: &Window) -> f64 {
    let shared = |low: usize, length: usize, begin: f64, extent: f64| {
        let (low, high) = (low as f64, (low + length) as f64);
        (high.min(begin + extent) - low.max(begin)).max(0.0)
    };
    let columns = shared(line.x, line.width, window.left, window.width);
    let rows = shared(line.y, line.height, window.top, window.height);
    1.0 - columns * rows / line.area().max(1) as f64
}

/// The picture, if it has contrast.
fn whole_picture(page: &Page, params: WindowParams) -> Option<Vec<Window>> {
    let picture = &page.picture;
    let mut pixels = picture.pixels.clone();
    pixels.sort_unstable();
    let at = |share: usize| pixels.get(pixels.len() * share / 100).copied();
    let contrast = at(95)?.saturating_sub(at(5)?);
    (contrast >= params.contrast).then(|| {
        vec![Window {
            left: 0.0,
            top: 0.0,
            width: picture.width as f64,
            height: picture.height as f64,
        }]
    })
}

/// Around the components of a line; and as high as those alone that are not far higher than
/// the others, if some are.
fn bands(line: &TextLine, params: WindowParams) -> Vec<Rectangle> {
    let bounds = || line.segments.iter().map(|segment| segment.bounds);
    let Some(whole) = bounds().reduce(|a, b| a.union(&b)) else {
        return Vec::new();
    };
    let mut heights: Vec<usize> = bounds().map(|bounds| bounds.height).collect();
    heights.sort_unstable();
    let median = heights[heights.len() / 2] as f64;
    let usual = bounds().filter(|bounds| bounds.height as f64 <= params.tallest * median);
    let mut bands = vec![whole];
    if let Some(usual) = usual.reduce(|a, b| a.union(&b))
        && usual.height < whole.height
    {
        // The line is as long as all of them.
        bands.push(Rectangle {
            y: usual.y,
            height: usual.height,
            ..whole
        });
    }
    bands
}

/// Everything dark on a page, print too.
struct Marks {
    width: usize,
    height: usize,
    /// `[height, width]`
    marked: Vec<bool>,
}

impl Marks {
    fn of(page: &Page) -> Self {
        let (width, height) = (page.picture.width, page.picture.height);
        let mut marked = vec![false; width * height];
        if let Some(ink) = &page.ink {
            for (marked, coverage) in marked.iter_mut().zip(&ink.coverage) {
                *marked = *coverage >= Ink::EDGE;
            }
        }
        for &at in &page.form.printed {
            marked[at] = true;
        }
        Self {
            width,
            height,
            marked,
        }
    }

    /// Around all.
    fn bounds(&self) -> Option<Rectangle> {
        let rows = || self.marked.chunks_exact(self.width.max(1));
        let y = rows().position(|row| row.contains(&true))?;
        let bottom = 1 + rows().rposition(|row| row.contains(&true))?;
        let columns = |x: &usize| rows().any(|row| row[*x]);
        let x = (0..self.width).find(columns)?;
        let right = 1 + (0..self.width).rfind(columns)?;
        Some(Rectangle {
            x,
            y,
            width: right - x,
            height: bottom - y,
        })
    }

    /// A band, made longer by what stands beside it, and with room around it.
    fn window(&self, band: Rectangle, params: WindowParams) -> Window {
        let rows = band.y..band.bottom();
        // Specks are no reason to go on.
        let least = (band.height / 12).max(2);
        let filled = |x: usize| {
            let marked = rows.clone().filter(|y| self.marked[y * self.width + x]);
            marked.count() >= least
        };
        let height = band.height as f64;
        let gap = (params.gap * height) as usize;
        let (mut left, mut right) = (band.x, band.right());
        while let Some(next) = (left.saturating_sub(gap)..left).find(|x| filled(*x)) {
            left = next;
        }
        while let Some(next) = (right..(right + gap).min(self.width)).rfind(|x| filled(*x)) {
            right = next + 1;
        }
        let clip = |low: f64, high: f64, end: usize| {
            let (low, high) = (low.max(0.0), high.min(end as f64));
            [low, high - low]
        };
        let sides = params.sides * height;
        let room = params.room * height;
        let [left, width] = clip(left as f64 - sides, right as f64 + sides, self.width);
        let (top, bottom) = (band.y as f64 - room, band.bottom() as f64 + room);
        let [top, height] = clip(top, bottom, self.height);
        Window {
            left,
            top,
            width,
            height,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StageParams, image::decode::Picture};

    /// A page of dark bars on light paper: left, top, width, height.
    fn page(size: [usize; 2], bars: &[[usize; 4]]) -> Page {
        let [width, height] = size;
        let mut pixels = vec![230; width * height];
        for &[left, top, across, down] in bars {
            for y in top..top + down {
                pixels[y * width + left..][..across].fill(30);
            }
        }
        let [original_width, original_height] = size;
        let picture = Picture {
            width,
            height,
            pixels,
            original_width,
            original_height,
        };
        Page::new(picture, &StageParams::default())
    }

    fn inside(window: &Window, [left, top, width, height]: [usize; 4]) -> bool {
        let [left, top, right, bottom] =
            [left, top, left + width, top + height].map(|side| side as f64);
        window.left <= left
            && window.top <= top
            && window.left + window.width >= right
            && window.top + window.height >= bottom
    }

    #[test]
    fn a_window_holds_its_line_and_the_signs_beside_it() {
        // Three uprights, a dash before them and one far away.
        let bars = [
            [100, 60, 8, 60],
            [130, 60, 8, 60],
            [160, 60, 8, 60],
            [50, 86, 30, 8],
            [370, 86, 24, 8],
        ];
        let page = page([400, 180], &bars);
        let windows = windows(&page, WindowParams::default());
        let [window] = windows[0].as_slice() else {
            panic!("{windows:?}")
        };
        for bar in &bars[..4] {
            assert!(inside(window, *bar), "{window:?}, {bar:?}");
        }
        assert!(window.left + window.width < 370.0, "{window:?}");
        assert!(window.height < 90.0, "{window:?}");
    }

    #[test]
    fn ink_in_which_no_line_is_found_is_one() {
        let bars = [[150, 86, 60, 8]];
        let mut page = page([400, 180], &bars);
        assert!(page.lines.is_empty());
        page.find_windows(WindowParams::default());
        let whole = page.lines[0].recognition().unwrap();
        assert!(inside(&whole.window, bars[0]), "{:?}", whole.window);
    }

    #[test]
    fn a_line_with_something_far_higher_has_two_windows() {
        let bars = [
            [60, 60, 9, 60],
            [90, 60, 9, 60],
            [120, 60, 9, 60],
            [150, 36, 12, 96],
        ];
        let page = page([300, 180], &bars);
        let windows = windows(&page, WindowParams::default());
        let [all, usual] = windows[0].as_slice() else {
            panic!("{windows:?}")
        };
        assert!(
            inside(all, bars[3]) && !inside(usual, bars[3]),
            "{windows:?}"
        );
        assert!(inside(usual, bars[0]));
    }

    #[test]
    fn strokes_that_were_taken_for_paper_are_looked_at() {
        let mut thick = page([90, 60], &[[0, 0, 60, 60]]);
        thick.ink = None;
        thick.lines.clear();
        assert_eq!(windows(&thick, WindowParams::default()).len(), 1);
        assert!(windows(&page([90, 60], &[]), WindowParams::default()).is_empty());
    }

    #[test]
    fn a_blank_page_has_no_window() {
        let mut page = page([60, 40], &[]);
        page.find_windows(WindowParams::default());
        assert!(page.lines.is_empty());
    }
}
