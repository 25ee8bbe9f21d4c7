//! The paper's Fig. 4: loss (a) and accuracy (b) by epoch, AlexNet against
//! the paper's network.

use std::{
    io::Cursor,
    path::{Path, PathBuf},
};

use image::{ImageFormat, RgbImage};
use plotters::{
    coord::Shift,
    prelude::*,
    style::{FontStyle, register_font},
};
use shuzi_models::write_atomic;

use super::collect::{Kind, RunResult};
use crate::history::{EpochRecord, Validation};

/// DejaVu Sans, its ASCII characters alone.
const FONT: &[u8] = include_bytes!("../../fonts/DejaVuSans-ascii.ttf");

/// Width and height in pixels.
pub(super) const SIZE: (u32, u32) = (960, 600);

/// The two networks of the figure with their colours.
const NETWORKS: [(&str, RGBColor); 2] = [
    ("alexnet", RGBColor(200, 80, 40)),
    ("improved-alexnet", RGBColor(20, 90, 170)),
];

/// Which of the two figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Fig. 4a.
    Loss,
    /// Fig. 4b.
    Accuracy,
}

/// Why a figure can't be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FigureError {
    /// A run that the figure needs is not there.
    #[error("no run of {name} by recipe {recipe} among the {runs} runs found")]
    Missing {
        /// The network.
        name: &'static str,
        /// The recipe.
        recipe: &'static str,
        /// How many runs there are.
        runs: usize,
    },
    /// No run has a risk-coverage curve.
    #[error("none of the {runs} runs has an eval.json with a risk-coverage curve")]
    NoCurve {
        /// How many runs there are.
        runs: usize,
    },
    /// The drawing library gives up.
    #[error("can't draw: {0}")]
    Drawing(String),
    /// A file can't be written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl Figure {
    fn file(self) -> &'static str {
        match self {
            Self::Loss => "fig4a-loss",
            Self::Accuracy => "fig4b-accuracy",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Loss => "loss, nats",
            Self::Accuracy => "accuracy, %",
        }
    }

    /// On training images and on those that steered.
    fn values(self, epoch: &EpochRecord) -> [f64; 2] {
        let validation = epoch.validation.as_ref();
        let steered = |figure: fn(&Validation) -> f64| validation.map_or(f64::NAN, figure);
        match self {
            Self::Loss => [epoch.train_loss, steered(|validation| validation.loss)],
            Self::Accuracy => [
                100.0 * epoch.train_accuracy,
                100.0 * steered(|validation| validation.accuracy),
            ],
        }
    }
}

/// Draws both figures from the runs of recipe `paper` with the lowest seed,
/// as SVG and PNG into `directory`, and says which files these are.
///
/// # Errors
/// If a run is missing or a file can't be written.
pub fn write_figures(runs: &[RunResult], directory: &Path) -> Result<Vec<PathBuf>, FigureError> {
    let mut series = Vec::new();
    for (name, colour) in NETWORKS {
        let mut of_name: Vec<_> = runs
            .iter()
            .filter(|run| run.name == name && run.recipe == "paper")
            .filter_map(|run| match &run.kind {
                Kind::Network(epochs) if !epochs.is_empty() => Some((run.seed, epochs.as_slice())),
                _ => None,
            })
            .collect();
        of_name.sort_by_key(|(seed, _)| *seed);
        let Some((_, epochs)) = of_name.first() else {
            return Err(FigureError::Missing {
                name,
                recipe: "paper",
                runs: runs.len(),
            });
        };
        series.push((name, colour, *epochs));
    }
    let mut files = Vec::new();
    for figure in [Figure::Loss, Figure::Accuracy] {
        files.extend(write_figure(
            directory,
            figure.file(),
            |area| draw(figure, &series, area),
            |area| draw(figure, &series, area),
        )?);
    }
    Ok(files)
}

/// Writes a figure as `NAME.svg` and `NAME.png` into `directory`, which is made
/// if need be, and says which files these are.
pub(super) fn write_figure(
    directory: &Path,
    name: &str,
    draw_svg: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), FigureError>,
    draw_png: impl FnOnce(&DrawingArea<BitMapBackend<'_>, Shift>) -> Result<(), FigureError>,
) -> Result<Vec<PathBuf>, FigureError> {
    // A second registration fails; the font is there then.
    let _ = register_font("sans-serif", FontStyle::Normal, FONT);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| FigureError::Io { path, source }
    };
    std::fs::create_dir_all(directory).map_err(io(directory))?;
    let mut svg = String::new();
    draw_svg(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area())?;
    let mut pixels = vec![0; (3 * SIZE.0 * SIZE.1) as usize];
    draw_png(&BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area())?;
    let mut files = Vec::new();
    for (ending, bytes) in [("svg", svg.into_bytes()), ("png", png(pixels)?)] {
        let path = directory.join(format!("{name}.{ending}"));
        write_atomic(&path, &bytes).map_err(io(&path))?;
        files.push(path);
    }
    Ok(files)
}

type Series<'a> = (&'static str, RGBColor, &'a [EpochRecord]);

fn draw<B: DrawingBackend>(
    figure: Figure,
    series: &[Series<'_>],
    area: &DrawingArea<B, Shift>,
) -> Result<(), FigureError> {
    let failed =
        |error: DrawingAreaErrorKind<B::ErrorType>| FigureError::Drawing(error.to_string());
    let epochs = series.iter().map(|(_, _, epochs)| epochs.len()).max();
    let values = || {
        let epochs = series.iter().flat_map(|(_, _, epochs)| *epochs);
        epochs.flat_map(|epoch| figure.values(epoch))
    };
    let (low, high) = match figure {
        Figure::Loss => (0.0, values().fold(0.0, f64::max)),
        Figure::Accuracy => (values().fold(100.0, f64::min), 100.0),
    };
    let room = 0.05 * (high - low).max(1e-3);
    let (low, high) = match figure {
        Figure::Loss => (low, high + room),
        Figure::Accuracy => (low - room, high + room),
    };
    area.fill(&WHITE).map_err(failed)?;
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d(1.0..epochs.unwrap_or(1).max(2) as f64, low..high)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_desc("epoch")
        .y_desc(figure.label())
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .label_style(("sans-serif", 16))
        .axis_desc_style(("sans-serif", 18))
        .light_line_style(WHITE)
        .draw()
        .map_err(failed)?;
    for (name, colour, epochs) in series {
        for (part, which) in ["training", "test"].into_iter().enumerate() {
            let points = epochs
                .iter()
                .map(|epoch| (epoch.epoch as f64, figure.values(epoch)[part]));
            // The test set steered the run: the thick line.
            let style = colour.stroke_width(if part == 0 { 1 } else { 3 });
            chart
                .draw_series(LineSeries::new(points, style))
                .map_err(failed)?
                .label(format!("{name}, {which}"))
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], style));
        }
    }
    let place = match figure {
        Figure::Loss => SeriesLabelPosition::UpperRight,
        Figure::Accuracy => SeriesLabelPosition::LowerRight,
    };
    chart
        .configure_series_labels()
        .position(place)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .label_font(("sans-serif", 16))
        .draw()
        .map_err(failed)?;
    area.present().map_err(failed)
}

fn png(pixels: Vec<u8>) -> Result<Vec<u8>, FigureError> {
    let image = RgbImage::from_raw(SIZE.0, SIZE.1, pixels)
        .ok_or_else(|| FigureError::Drawing("the picture has another size".into()))?;
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| FigureError::Drawing(error.to_string()))?;
    Ok(bytes.into_inner())
}
