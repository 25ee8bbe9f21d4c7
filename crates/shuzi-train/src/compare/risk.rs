//! The risk-coverage curves of runs: the error that remains when the least
//! sure images are refused.

use std::path::{Path, PathBuf};

use plotters::{coord::Shift, prelude::*};

use super::{
    collect::RunResult,
    figures::{FigureError, SIZE, write_figure},
};
use crate::calibration::RiskPoint;

/// Name of the figure's files.
const NAME: &str = "risk-coverage";

/// Draws a curve for each of `runs` whose reading of the test set has one, as
/// SVG and PNG into `directory`, and says which files these are.
///
/// # Errors
/// If no run has a curve or a file can't be written.
pub fn write_risk_coverage(
    runs: &[RunResult],
    directory: &Path,
) -> Result<Vec<PathBuf>, FigureError> {
    let curves: Vec<(String, &[RiskPoint])> = runs
        .iter()
        .filter_map(|run| {
            let curve = run.evaluation.as_ref()?.risk_coverage.as_slice();
            let name = format!("{}, {}, {}", run.name, run.recipe, run.seed);
            (!curve.is_empty()).then_some((name, curve))
        })
        .collect();
    if curves.is_empty() {
        return Err(FigureError::NoCurve { runs: runs.len() });
    }
    write_figure(
        directory,
        NAME,
        |area| draw(&curves, area),
        |area| draw(&curves, area),
    )
}

fn draw<B: DrawingBackend>(
    curves: &[(String, &[RiskPoint])],
    area: &DrawingArea<B, Shift>,
) -> Result<(), FigureError> {
    let failed =
        |error: DrawingAreaErrorKind<B::ErrorType>| FigureError::Drawing(error.to_string());
    let points = || curves.iter().flat_map(|(_, curve)| *curve);
    let last = points().map(|point| point.refused).fold(0.001, f64::max);
    let highest = points().map(|point| point.error).fold(1e-4, f64::max);
    area.fill(&WHITE).map_err(failed)?;
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d(0.0..100.0 * last, 0.0..105.0 * highest)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_desc("least sure images refused, %")
        .y_desc("error of the others, %")
        .label_style(("sans-serif", SIZE.1 / 37))
        .axis_desc_style(("sans-serif", SIZE.1 / 33))
        .light_line_style(WHITE)
        .draw()
        .map_err(failed)?;
    for (i, (name, curve)) in curves.iter().enumerate() {
        let style = Palette99::pick(i).stroke_width(2);
        let points = curve
            .iter()
            .map(|point| (100.0 * point.refused, 100.0 * point.error));
        chart
            .draw_series(LineSeries::new(points, style))
            .map_err(failed)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .label_font(("sans-serif", SIZE.1 / 37))
        .draw()
        .map_err(failed)?;
    area.present().map_err(failed)
}
