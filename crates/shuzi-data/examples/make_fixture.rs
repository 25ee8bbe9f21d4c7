//! Makes the files of `fixtures/` from the installed MNIST:
//! `cargo run -p shuzi-data --example make_fixture -- crates/shuzi-data/fixtures`

use std::error::Error;
use std::path::PathBuf;

use shuzi_data::idx::{Compression, Images, Labels, write_images, write_labels};
use shuzi_data::mnist::{Part, Store};
use shuzi_data::{ClassScheme, Dataset};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("expected: FOLDER")?;
    let folder = PathBuf::from(folder);
    let store = Store::from_environment()?;
    for (part, each) in [(Part::Train, 100), (Part::Test, 50)] {
        let (images, labels) = first_of_each(&store.load(part)?, each)?;
        let [images_file, labels_file] = part.files();
        let path = |file| folder.join(format!("{file}.gz"));
        write_images(&path(images_file), &images, Compression::Gzip)?;
        write_labels(&path(labels_file), &labels, Compression::Gzip)?;
    }
    Ok(())
}

/// The first `each` samples of each digit, in the order of the data set.
fn first_of_each(dataset: &Dataset, each: usize) -> Result<(Images, Labels), Box<dyn Error>> {
    let mut taken = [0; ClassScheme::Digits.classes()];
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    let samples = dataset
        .images()
        .pixels()
        .chunks_exact(dataset.images().image_size());
    for (image, &label) in samples.zip(dataset.labels()) {
        let taken = &mut taken[usize::from(label)];
        if *taken < each {
            *taken += 1;
            pixels.extend_from_slice(image);
            labels.push(label);
        }
    }
    Ok((
        Images::new(dataset.height(), dataset.width(), pixels)?,
        Labels::new(labels)?,
    ))
}
