//! The engine that is real.

use shuzi_models::Model;
use shuzi_nn::{Classifier, Threads};
use shuzi_reader::{PageNumber, Pages, ReadError, Reader, ReaderConfig};

use crate::{
    engine::{Engine, ModelInfo, PageRead, Upload, Wanted},
    error::{ModelRefused, PageError},
};

/// Side of the images that networks take, in pixels.
pub(crate) const SIDE: usize = 28;

/// A reader, and models that take tensors.
#[derive(Debug)]
pub struct Networks {
    reader: Reader,
    models: Vec<(ModelInfo, Classifier)>,
}

impl Networks {
    /// Networks that read, and take no tensors.
    pub fn new(reader: Reader) -> Self {
        Self {
            reader,
            models: Vec::new(),
        }
    }

    /// These and a model that takes tensors under `name`, with so many threads.
    ///
    /// # Errors
    /// If the model takes other images than 28×28×1, or its weights don't fit.
    pub fn with_model(
        mut self,
        name: &str,
        model: &Model,
        threads: Threads,
    ) -> Result<Self, ModelRefused> {
        let input = model.config.architecture.input;
        let fixed = model.config.architecture.width.is_fixed();
        if !fixed || (input.height, input.width, input.channels) != (SIDE, SIDE, 1) {
            let name = name.to_owned();
            return Err(ModelRefused::Input { name, input });
        }
        let info = ModelInfo {
            name: name.to_owned(),
            classes: model.config.classes.clone(),
            divisor: model.config.input.divisor,
        };
        self.models.push((info, model.classifier(threads)?));
        Ok(self)
    }
}

impl Engine for Networks {
    fn models(&self) -> Vec<ModelInfo> {
        self.models.iter().map(|(info, _)| info.clone()).collect()
    }

    fn read(
        &mut self,
        config: &ReaderConfig,
        uploads: &[Upload],
    ) -> Result<Vec<Vec<PageRead>>, ReadError> {
        // Which opinions are asked is the server's choice, not a request's.
        let readers = self.reader.config().readers;
        self.reader.reconfigure(ReaderConfig {
            readers,
            ..config.clone()
        })?;
        let limits = config.limits;
        let mut read: Vec<Vec<PageRead>> = Vec::with_capacity(uploads.len());
        let mut opened = Vec::with_capacity(uploads.len());
        for upload in uploads {
            let pages = Pages::of(&upload.bytes[..], limits);
            let failed = |error| PageRead {
                page: None,
                reading: Err(PageError::from(error)),
            };
            let mut answers = Vec::new();
            opened.push(pages.map_err(|error| answers.push(failed(error))).ok());
            read.push(answers);
        }
        let files = uploads.iter().zip(&opened).enumerate();
        let sources = files
            .filter_map(|(index, (upload, pages))| Some((index, upload, pages.as_ref()?)))
            .flat_map(|(index, upload, pages)| {
                let count = pages.len();
                let numbers = match upload.wanted {
                    Wanted::Page(page) => page..=page,
                    Wanted::All => 1..=count,
                };
                // Asked anew before each batch.
                let numbers = numbers.take_while(|_| upload.is_wanted());
                numbers.map(move |page| {
                    let number = (count > 1).then_some(PageNumber { page, pages: count });
                    let picture = move || match page {
                        page if (1..=count).contains(&page) => Ok(pages.decode(page - 1, limits)?),
                        page => Err(PageError::NoSuchPage { page, pages: count }),
                    };
                    ((index, number), picture)
                })
            });
        for ((index, page), reading) in self.reader.read_many(sources) {
            let reading = reading.map(|page| page.reading);
            read[index].push(PageRead { page, reading });
        }
        Ok(read)
    }

    fn infer(&mut self, model: usize, images: &[f32]) -> Result<Vec<f32>, shuzi_nn::Error> {
        let Some((_, classifier)) = self.models.get_mut(model) else {
            return Ok(Vec::new());
        };
        Ok(classifier.logits(images)?.to_vec())
    }
}
