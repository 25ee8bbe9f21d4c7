//! A text line of a page, over-segmented, and what a network says of it.

use shuzi_nn::Classifier;
use shuzi_reader::{
    Page, StageParams,
    classify::{
        posterior::{Posterior, PosteriorParams},
        segment_model::NetworkWeights,
    },
    fit::{FitArc, FitLine},
    segment::over_segmentation::Networks,
    text_line::{Hypothesis, TextLine},
};

/// Cuts the lines of a page where `classifier` is not sure.
pub(crate) fn over_segment(
    page: &mut Page,
    classifier: &mut Classifier,
) -> Result<(), shuzi_nn::Error> {
    let hypotheses = page.lines.iter_mut().flat_map(|line| &mut line.hypotheses);
    classify(hypotheses, classifier)?;
    page.over_segment(Networks::Digits, &StageParams::default());
    Ok(())
}

/// What speaks for what on a line by `classifier` and the rest, given what it shows.
pub(crate) fn fit(
    line: &mut TextLine,
    truth: Vec<u8>,
    classifier: &mut Classifier,
) -> Result<FitLine, shuzi_nn::Error> {
    classify(line.hypotheses.iter_mut(), classifier)?;
    let least = NetworkWeights::default().least;
    let arcs = line.digits().iter().filter_map(|digit| {
        let posterior = digit.posterior.as_ref()?;
        Some(FitArc {
            from: digit.span.from,
            to: digit.span.to,
            digits: std::array::from_fn(|value| digit.geometry.digit(posterior, value, least)),
            none: digit.geometry.none(posterior, least),
        })
    });
    Ok(FitLine {
        places: line.nodes(),
        arcs: arcs.collect(),
        truth,
    })
}

/// Asks the network what digits are of which it was not asked yet.
fn classify<'a>(
    digits: impl Iterator<Item = &'a mut Hypothesis>,
    classifier: &mut Classifier,
) -> Result<(), shuzi_nn::Error> {
    let mut open: Vec<_> = digits.filter(|digit| digit.posterior.is_none()).collect();
    let input: Vec<f32> = open.iter().flat_map(|digit| digit.crop.input()).collect();
    let classes = classifier.classes();
    let params = PosteriorParams::default();
    let rows = classifier.probabilities(&input)?.chunks(classes);
    for (digit, row) in open.iter_mut().zip(rows) {
        digit.posterior = Some(Posterior::of_digit(row, &params));
    }
    Ok(())
}
