//! MNIST and its file format: reading, verifying, splitting, augmenting, batching.
//!
//! | module | room for |
//! |---|---|
//! | [`idx`] | the file format of MNIST, plain and gzip, read with limits |
//! | [`Dataset`], [`ClassScheme`] | images with their labels, and what these stand for |
//! | [`mnist`] | the four files on disk: get, import, verify, load |
//! | [`split`] | training and validation parts, by seed |
//! | [`augment`] | random affine maps and elastic distortion |
//! | [`loader`] | batches of an epoch, prefetched by threads |
//! | [`rng`] | streams of random numbers, one for each use |
//!
//! Everything random derives from a seed, so that the same seed gives the same
//! bits whatever the number of threads.
//!
//! # Example
//!
//! ```
//! use std::num::NonZeroUsize;
//! use std::sync::Arc;
//! use shuzi_data::augment::Augmentation;
//! use shuzi_data::idx::{Images, Labels};
//! use shuzi_data::loader::{LastBatch, Loader, LoaderConfig};
//! use shuzi_data::split::Split;
//! use shuzi_data::{ClassScheme, Dataset};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Ten blank digits; `mnist::Store::from_environment()?.load(Part::Train)?`
//! // gives the real ones.
//! let images = Images::new(28, 28, vec![0; 10 * 28 * 28])?;
//! let dataset = Arc::new(Dataset::new(
//!     images,
//!     Labels::new((0..10).collect())?,
//!     ClassScheme::Digits,
//! )?);
//!
//! let split = Split::stratified(dataset.labels(), 2, 1)?;
//! let loader = Loader::new(
//!     Arc::clone(&dataset),
//!     split.train,
//!     LoaderConfig {
//!         batch: NonZeroUsize::new(4).ok_or("zero")?,
//!         seed: 1,
//!         augmentation: Augmentation::moderate(),
//!         last_batch: LastBatch::Keep,
//!         workers: NonZeroUsize::MIN,
//!         prefetch: NonZeroUsize::MIN,
//!     },
//! )?;
//! let sizes: Vec<usize> = loader.epoch(0)?.map(|batch| batch.len()).collect();
//! assert_eq!(sizes, [4, 4]);
//! # Ok(())
//! # }
//! ```

pub mod augment;
mod dataset;
mod file;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
pub mod idx;
pub mod loader;
pub mod mnist;
pub mod rng;
mod scheme;
pub mod split;

pub use dataset::{Dataset, DatasetError};
pub use scheme::{ClassScheme, DIGITS, NO_BIGRAM, NO_DIGIT};
