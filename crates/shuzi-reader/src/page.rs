//! An image on its way from pixels to a number: one value that every stage fills further.

use shuzi_line::Window;

use crate::{
    binarize::{Contrast, Ink, binarize_with_contrast, surroundings::binarize_within_surroundings},
    classify::ClassifyParams,
    error::DecodeError,
    form_removal::{Form, lean::lean, remove_form},
    image::{
        decode::{Limits, Picture, decode},
        rectangle::Rectangle,
        straighten::Straightening,
    },
    params::StageParams,
    reading::Reading,
    recognize::{
        Recognition,
        window::{WindowParams, windows},
    },
    segment::{
        components::{Components, find_components},
        over_segmentation::Networks,
    },
    text_line::{Hypothesis, TextLine},
};

/// An image and what is known of it so far.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its pixels; a small image is enlarged, and one whose printed lines lean made level.
    pub picture: Picture,
    /// How it was made level.
    pub straightened: Option<Straightening>,
    /// Its ink, print to write on taken out; `None` of a blank image.
    pub ink: Option<Ink>,
    /// The print that was taken out.
    pub form: Form,
    /// Connected ink, and what of it may be digits.
    pub components: Components,
    /// The lines from the top.
    pub lines: Vec<TextLine>,
    /// What was read; nothing until a [`Reader`](crate::Reader) has read it.
    pub reading: Reading,
}

impl Page {
    /// Does all that needs no network: from pixels to lines whose components may each be a
    /// digit. For many images, on many threads at once.
    pub fn new(picture: Picture, params: &StageParams) -> Self {
        let picture = match &params.image.enlargement {
            Some(enlargement) => picture.enlarged(enlargement),
            None => picture,
        };
        let mut page = Self::blank(picture);
        let Some((mut ink, mut contrast)) = binarize_with_contrast(&page.picture, &params.binarize)
        else {
            return page;
        };
        let leaning = params.form_removal.lean.as_ref();
        if let Some(slope) = leaning.and_then(|params| lean(&ink, params)) {
            let picture = &page.picture;
            let turned = Straightening::new(picture, slope);
            let level = turned.apply(picture, ink.polarity);
            if let Some(of_level) = binarize_with_contrast(&level, &params.binarize) {
                (ink, contrast) = of_level;
                page.picture = level;
                page.straightened = Some(turned);
            }
        }
        page.segment(ink, Some(&contrast), params);
        if page.only_reaches_the_edge()
            && let Some(ink) = binarize_within_surroundings(&page.picture, &params.binarize)
        {
            let mut within = Self::blank(page.picture.clone());
            within.straightened = page.straightened;
            within.segment(ink, None, params);
            if !within.lines.is_empty() {
                page = within;
            }
        }
        page
    }

    /// The first page of an image file.
    ///
    /// # Errors
    /// If the bytes are no image, or a larger one than allowed.
    pub fn decode(bytes: &[u8], limits: Limits, params: &StageParams) -> Result<Self, DecodeError> {
        Ok(Self::new(decode(bytes, limits)?, params))
    }

    fn blank(picture: Picture) -> Self {
        Self {
            picture,
            straightened: None,
            ink: None,
            form: Form::default(),
            components: Components::default(),
            lines: Vec::new(),
            reading: Reading::nothing(),
        }
    }

    /// Finds what `ink` consists of, and by its `contrast` marks too weak for it.
    fn segment(&mut self, mut ink: Ink, contrast: Option<&Contrast>, params: &StageParams) {
        self.form = remove_form(&mut ink, &params.form_removal);
        if let (Some(contrast), Some(weak)) = (contrast, &params.binarize.weak) {
            let least = params.binarize.threshold.least_contrast;
            contrast.add_weak_marks(&mut ink, &self.form.printed, weak, least);
        }
        self.components = find_components(&ink, &params.segment.components);
        self.lines = TextLine::of_components(&ink, &self.components, &params.classify.crop);
        self.ink = Some(ink);
    }

    /// Whether each component touches the picture's edge, if there is ink.
    fn only_reaches_the_edge(&self) -> bool {
        let (width, height) = (self.picture.width, self.picture.height);
        let mut regions = self.components.regions.iter();
        self.ink.is_some() && regions.all(|region| region.bounds.touches_edge(width, height))
    }

    /// Where in the image something of the page's picture is, upright, in pixels.
    pub fn in_image(&self, bounds: &Rectangle) -> Rectangle {
        let picture = &self.picture;
        match &self.straightened {
            None => bounds.scaled(
                self.scale(),
                picture.original_width,
                picture.original_height,
            ),
            Some(turned) => {
                let [width, height] = turned.image;
                turned.back(bounds).scaled(self.scale(), width, height)
            }
        }
    }

    /// Pixels of the image for one of the picture.
    pub(crate) fn scale(&self) -> f64 {
        self.picture.original_width as f64 / self.picture.width.max(1) as f64
    }

    /// Everything on it that may be a digit or two.
    pub fn hypotheses(&self) -> impl Iterator<Item = &Hypothesis> {
        self.lines.iter().flat_map(|line| &line.hypotheses)
    }

    /// Cuts what may be several digits by the posteriors of the components, so that the
    /// hypotheses are all runs of segments that may be a digit. Components of which nothing is
    /// known are cut wherever digits may meet.
    pub fn over_segment(&mut self, networks: Networks, params: &StageParams) {
        let Some(ink) = &self.ink else {
            return;
        };
        for line in &mut self.lines {
            let crop = &params.classify.crop;
            line.over_segment(ink, &mut self.components, networks, &params.segment, crop);
        }
    }

    /// Adds every run of segments that may be two digits that touch or nearly do.
    pub fn propose_bigrams(&mut self, params: &ClassifyParams) {
        self.propose(|line, ink, components| {
            line.propose_bigrams(ink, components, |_| true, params);
        });
    }

    /// Cuts each line out as a whole; where no line was found there may be one all the same.
    pub(crate) fn find_windows(&mut self, params: WindowParams) {
        let windows = windows(self, params);
        let cut = |windows: Vec<Window>| {
            let cut = windows
                .into_iter()
                .map(|window| Recognition::new(self, window));
            cut.flatten().collect()
        };
        let cut: Vec<Vec<Recognition>> = windows.into_iter().map(cut).collect();
        self.lines.resize_with(cut.len(), TextLine::default);
        for (line, cut) in self.lines.iter_mut().zip(cut) {
            line.recognitions = cut;
        }
    }

    /// Lets each line propose hypotheses.
    pub(crate) fn propose(&mut self, propose: impl Fn(&mut TextLine, &Ink, &Components)) {
        if let Some(ink) = &self.ink {
            for line in &mut self.lines {
                propose(line, ink, &self.components);
            }
        }
    }
}
