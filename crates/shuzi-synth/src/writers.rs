//! Pages of several kinds, by the digits of several data sets.

use std::ops::RangeInclusive;

use shuzi_data::{ClassScheme, Dataset};

use crate::{
    error::SynthError,
    handwriting::{self, DistractorRate, SyntheticPage},
    strings::{Content, StringsConfig, string_image},
};

/// What pages without a digit show, in turn.
const EMPTY: [Content; 4] = [
    Content::Strokes,
    Content::Strokes,
    Content::Dashes,
    Content::Noise,
];

/// Digits of a page that is a string.
const LENGTHS: RangeInclusive<usize> = 4..=12;

/// What a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// Handwriting of one writer, with its ground truth.
    Written(DistractorRate),
    /// A picture as [`string_image`] makes them, of the first data set's digits. Whose
    /// ink a pixel is is not known.
    String(Content),
    /// No digit; the number decides what else.
    Empty(u32),
}

/// Data sets of digits, each as one writer.
#[derive(Clone, Debug)]
pub struct Writers {
    seed: u64,
    sets: Vec<Dataset>,
}

impl Writers {
    /// Those of `sets`; `seed` decides what their pages show.
    ///
    /// # Errors
    ///
    /// [`SynthError::NoWriters`] or [`SynthError::Scheme`].
    pub fn new(seed: u64, sets: Vec<Dataset>) -> Result<Self, SynthError> {
        if sets.is_empty() {
            return Err(SynthError::NoWriters);
        }
        let schemes = sets.iter().map(Dataset::scheme);
        match schemes
            .into_iter()
            .find(|scheme| *scheme != ClassScheme::Digits)
        {
            Some(got) => Err(SynthError::Scheme { got }),
            None => Ok(Self { seed, sets }),
        }
    }

    /// The data sets, at least one.
    pub fn sets(&self) -> &[Dataset] {
        &self.sets
    }

    /// The `index`-th page.
    pub fn page(&self, kind: PageKind, index: u32) -> SyntheticPage {
        match kind {
            PageKind::Written(distractors) => {
                let sets: Vec<&Dataset> = self.sets.iter().collect();
                handwriting::page(&sets, distractors, self.seed, u64::from(index))
            }
            PageKind::String(content) => self.string(content, index),
            PageKind::Empty(number) => self.string(EMPTY[number as usize % EMPTY.len()], index),
        }
    }

    fn string(&self, content: Content, index: u32) -> SyntheticPage {
        let config = StringsConfig {
            content,
            lengths: LENGTHS,
            // Other ones than those that measure.
            seed: self.seed.wrapping_add(1 << 32),
        };
        string_image(&self.sets[0], &config, u64::from(index)).into()
    }
}

#[cfg(test)]
mod tests {
    use shuzi_data::{fixture, idx::Labels};

    use super::*;

    #[test]
    fn pages_are_of_the_kind_asked_for() {
        let (train, test) = fixture::load();
        let writers = Writers::new(1, vec![train, test]).unwrap();
        let page = |kind| writers.page(kind, 7);
        let written = page(PageKind::Written(DistractorRate::Low));
        assert!(!written.digits.is_empty() && written.instances.contains(&1));
        let string = page(PageKind::String(Content::Touching));
        assert!(LENGTHS.contains(&string.digits.len()));
        assert_eq!(string.instances, vec![0; string.width * string.height]);
        for number in 0..4 {
            assert!(page(PageKind::Empty(number)).digits.is_empty());
        }
    }

    #[test]
    fn someone_writes_and_writes_digits() {
        let error = Writers::new(1, Vec::new()).unwrap_err();
        assert!(matches!(error, SynthError::NoWriters));
        let (train, _) = fixture::load();
        let labels = Labels::new(vec![shuzi_data::NO_DIGIT; train.len()]).unwrap();
        let scheme = ClassScheme::DigitsAndNone;
        let none = Dataset::new(train.images().clone(), labels, scheme).unwrap();
        let error = Writers::new(1, vec![train, none]).unwrap_err();
        assert!(matches!(error, SynthError::Scheme { .. }), "{error}");
    }
}
