//! Streams of random numbers: one for each use, epoch and index.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What random numbers are for: no two uses share a stream.
#[derive(Debug, Clone, Copy)]
pub enum RngStream {
    /// The order of an epoch's samples.
    Shuffle = 1,
    /// The distortion of one sample.
    Augment = 2,
    /// The choice of the validation part.
    Split = 3,
    /// A made picture of a number.
    Strings = 4,
    /// A made page of handwriting.
    Handwriting = 5,
    /// The order of a turn of groups.
    ShuffleGroups = 6,
    /// The distortion of one group.
    AugmentGroup = 7,
    /// A made text line.
    TextLine = 8,
    /// A made page of numbers with every mark's role.
    MarkedPage = 9,
}

/// The generator of (`seed`, `stream`, `epoch`, `index`).
///
/// The four numbers are the key itself, so different ones never share a stream.
pub fn generator(seed: u64, stream: RngStream, epoch: u64, index: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    for (bytes, part) in key
        .chunks_exact_mut(8)
        .zip([seed, stream as u64, epoch, index])
    {
        bytes.copy_from_slice(&part.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn each_part_of_the_key_changes_the_stream() {
        let first = |mut g: ChaCha8Rng| g.next_u64();
        let base = first(generator(1, RngStream::Shuffle, 2, 3));
        assert_eq!(base, first(generator(1, RngStream::Shuffle, 2, 3)));
        for other in [
            generator(2, RngStream::Shuffle, 2, 3),
            generator(1, RngStream::Augment, 2, 3),
            generator(1, RngStream::Shuffle, 3, 3),
            generator(1, RngStream::Shuffle, 2, 4),
        ] {
            assert_ne!(base, first(other));
        }
    }
}
