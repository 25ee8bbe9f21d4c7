//! An image up to the network: all that may be a digit on it.

use crate::{
    Components, Crop, DecodeError, Ink, Limits, Picture, Region, binarize,
    binarize_within_surroundings, decode, find_components,
    form_removal::remove_form,
    normalize_digit,
    segment::over_segmentation::{Hypothesis, SplitPolicy, TextLine, over_segment},
};

/// An image on its way, up to the point where the network is first asked.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) picture: Picture,
    pub(crate) ink: Option<(Ink, Components)>,
    /// Pixels of print that was taken out.
    pub(crate) printed: Vec<usize>,
    /// Columns of printed cells: the first and past the last.
    pub(crate) cells: Vec<[usize; 2]>,
    /// One for each region.
    crops: Vec<Crop>,
}

/// An image whose regions are cut: every digit that may be on it.
#[derive(Clone, Debug)]
pub struct CutImage {
    /// Its pieces are those after the cuts, its crops those before.
    image: Prepared,
    lines: Vec<TextLine>,
    /// One for each hypothesis of each line.
    crops: Vec<Crop>,
}

/// Does all that needs no network: for many images at once on many threads.
///
/// # Errors
/// If the bytes are no image, or a larger one than allowed.
pub fn prepare(bytes: &[u8], limits: Limits) -> Result<Prepared, DecodeError> {
    Ok(prepare_picture(decode(bytes, limits)?))
}

/// As [`prepare`], of what is decoded already.
pub fn prepare_picture(picture: Picture) -> Prepared {
    let picture = picture.enlarged();
    let mut prepared = Prepared {
        picture,
        ink: None,
        printed: Vec::new(),
        cells: Vec::new(),
        crops: Vec::new(),
    };
    if let Some(ink) = binarize(&prepared.picture) {
        prepared.take(ink);
        if prepared.only_reaches_the_edge()
            && let Some(ink) = binarize_within_surroundings(&prepared.picture)
        {
            let before = prepared.clone();
            prepared.take(ink);
            if prepared.crops.is_empty() {
                prepared = before;
            }
        }
    }
    prepared
}

impl Prepared {
    /// Finds what `ink` consists of.
    fn take(&mut self, mut ink: Ink) {
        let before = ink.coverage.clone();
        self.cells = remove_form(&mut ink);
        let gone = |at: &usize| before[*at] >= Ink::EDGE && ink.coverage[*at] < Ink::EDGE;
        self.printed = (0..before.len()).filter(gone).collect();
        let components = find_components(&ink);
        let regions = components.regions.iter();
        let crops = regions.map(|region| normalize_digit(&ink, &components, region));
        self.crops = crops.collect();
        self.ink = Some((ink, components));
    }

    /// Whether each region touches the picture's edge, if there are any.
    fn only_reaches_the_edge(&self) -> bool {
        let Some((ink, components)) = &self.ink else {
            return false;
        };
        let touches = |region: &Region| region.bounds.touches_edge(ink.width, ink.height);
        components.regions.iter().all(touches)
    }

    /// What the network is first asked about: each region as it is.
    pub fn crops(&self) -> &[Crop] {
        &self.crops
    }

    /// SplitPolicy what may be several digits; `cuts` says where, in the order of
    /// [`Prepared::crops`].
    pub fn cut(mut self, cuts: &[SplitPolicy]) -> CutImage {
        let (mut lines, mut crops) = (Vec::new(), Vec::new());
        if let Some((ink, components)) = &mut self.ink {
            lines = over_segment(ink, components, cuts);
            for hypothesis in lines.iter().flat_map(|line| &line.hypotheses) {
                let whole = hypothesis.whole.and_then(|index| self.crops.get(index));
                let crop = whole.copied();
                crops.push(
                    crop.unwrap_or_else(|| normalize_digit(ink, components, &hypothesis.region)),
                );
            }
        }
        CutImage {
            image: self,
            lines,
            crops,
        }
    }
}

impl CutImage {
    /// Ink and pieces of the picture, which may be larger than the image;
    /// `None` if it has no ink.
    pub fn ink(&self) -> Option<(&Ink, &Components)> {
        self.image
            .ink
            .as_ref()
            .map(|(ink, components)| (ink, components))
    }

    /// The lines of it, each with the crops of its hypotheses.
    pub fn lines(&self) -> impl Iterator<Item = (&TextLine, &[Crop])> {
        let mut rest = self.crops.as_slice();
        self.lines.iter().map(move |line| {
            let (own, others) = rest.split_at(line.hypotheses.len());
            rest = others;
            (line, own)
        })
    }

    /// Every digit that may be there, with what the network sees of it.
    pub fn hypotheses(&self) -> impl Iterator<Item = (&Hypothesis, &Crop)> {
        let hypotheses = self.lines.iter().flat_map(|line| &line.hypotheses);
        hypotheses.zip(&self.crops)
    }

    /// Crops that the network has not seen yet: those of no whole region.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Crop> {
        let pieces = self.hypotheses().filter(|(h, _)| h.whole.is_none());
        pieces.map(|(_, crop)| crop)
    }
    /// The image, its pieces those after the cuts, and its lines with their crops.
    pub(crate) fn into_lines(self) -> (Prepared, Vec<(TextLine, Vec<Crop>)>) {
        let mut crops = self.crops.into_iter();
        let lines = self.lines.into_iter().map(|line| {
            let own = crops.by_ref().take(line.hypotheses.len()).collect();
            (line, own)
        });
        let lines = lines.collect();
        (self.image, lines)
    }
}
