//! A text line of a page, over-segmented, and what a network says of it.

use shuzi_nn::Classifier;
use shuzi_reader::{
    Crop, Posterior, Prepared, SplitPolicy, TextLine,
    fit::{FitArc, FitLine},
};

/// A line as the reader cuts it.
pub(crate) struct SegmentedLine {
    /// Its nodes and hypotheses.
    pub(crate) line: TextLine,
    /// One for each hypothesis.
    pub(crate) crops: Vec<Crop>,
}

impl SegmentedLine {
    /// The lines of an image, cut where `classifier` is not sure.
    pub(crate) fn all_of(
        prepared: Prepared,
        classifier: &mut Classifier,
    ) -> Result<Vec<Self>, shuzi_nn::Error> {
        let scores = scores(prepared.crops(), classifier)?;
        let cuts: Vec<SplitPolicy> = scores.iter().map(Posterior::cuts).collect();
        let image = prepared.cut(&cuts);
        let lines = image.lines().map(|(line, crops)| Self {
            line: line.clone(),
            crops: crops.to_vec(),
        });
        Ok(lines.collect())
    }

    /// What speaks for what on it by `classifier` and the rest, given what it shows.
    pub(crate) fn fit(
        &self,
        truth: Vec<u8>,
        classifier: &mut Classifier,
    ) -> Result<FitLine, shuzi_nn::Error> {
        let scores = scores(&self.crops, classifier)?;
        let arcs = self.line.hypotheses.iter().zip(&scores);
        let arcs = arcs.map(|(hypothesis, scores)| FitArc {
            from: hypothesis.from,
            to: hypothesis.to,
            digits: std::array::from_fn(|digit| hypothesis.geometry.digit(scores, digit)),
            none: hypothesis.geometry.none(scores),
        });
        Ok(FitLine {
            places: self.line.nodes,
            arcs: arcs.collect(),
            truth,
        })
    }
}

/// What the network says of crops.
fn scores(crops: &[Crop], classifier: &mut Classifier) -> Result<Vec<Posterior>, shuzi_nn::Error> {
    let input: Vec<f32> = crops.iter().flat_map(Crop::input).collect();
    let classes = classifier.classes();
    let rows = classifier.probabilities(&input)?.chunks(classes);
    Ok(rows.map(Posterior::of).collect())
}
