//! What answers: the seam between HTTP and networks.

use bytes::Bytes;
use shuzi_reader::{PageNumber, ReadError, ReaderConfig, Reading};

use crate::{error::PageError, work::Ticket};

/// What answers requests. One thread owns it; [`Networks`](crate::Networks) is the real one.
///
/// A panic in it costs the request that caused it, and the engine is made anew.
pub trait Engine {
    /// The models that take tensors.
    fn models(&self) -> Vec<ModelInfo>;

    /// Reads images as `config` says: for each upload its pages, in order. An upload that is
    /// wanted no more may have fewer.
    ///
    /// # Errors
    /// If the configuration contradicts itself; no image is read then.
    fn read(
        &mut self,
        config: &ReaderConfig,
        uploads: &[Upload],
    ) -> Result<Vec<Vec<PageRead>>, ReadError>;

    /// The logits of a model, `[n, classes]`, for `images`, `[n, 28, 28]` of 0 (paper) to 1
    /// (ink). `model` is a place in [`Engine::models`].
    ///
    /// # Errors
    /// If they are not whole images.
    fn infer(&mut self, model: usize, images: &[f32]) -> Result<Vec<f32>, shuzi_nn::Error>;
}

/// A model that takes tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// Its name in paths.
    pub name: String,
    /// What each class stands for, in the order of the logits.
    pub classes: Vec<String>,
    /// A pixel of 0 to 255 is divided by this.
    pub divisor: u32,
}

/// Which pages of an image file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One, from 1.
    Page(usize),
    /// All of them.
    All,
}

/// An image file to read.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file.
    pub bytes: Bytes,
    /// Which of its pages.
    pub wanted: Wanted,
    pub(crate) ticket: Ticket,
}

impl Upload {
    /// Whether somebody still waits for it.
    pub fn is_wanted(&self) -> bool {
        self.ticket.is_wanted()
    }
}

/// What was read of a page.
#[derive(Debug)]
pub struct PageRead {
    /// Which page, of a file that has several.
    pub page: Option<PageNumber>,
    /// The reading, or why there is none.
    pub reading: Result<Reading, PageError>,
}
