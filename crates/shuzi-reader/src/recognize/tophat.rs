//! The greatest or least grey value around each pixel, in time that does not grow with how far
//! around (van Herk 1992; Gil and Werman 1993).

/// Which value is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extreme {
    /// Dilation.
    Greatest,
    /// Erosion.
    Least,
}

impl Extreme {
    fn of(self, a: u8, b: u8) -> u8 {
        match self {
            Self::Greatest => a.max(b),
            Self::Least => a.min(b),
        }
    }
}

/// The extreme of the square of `2 reach + 1` pixels around each of `[height, width]`; beyond
/// the picture there is nothing.
pub(crate) fn running_extreme(
    pixels: &[u8],
    [width, height]: [usize; 2],
    reach: usize,
    extreme: Extreme,
) -> Vec<u8> {
    let mut rows = pixels.to_vec();
    let mut row = Row::new(reach, extreme);
    for line in rows.chunks_exact_mut(width.max(1)) {
        row.apply(line);
    }
    // By columns, through a copy that is turned.
    let mut turned = vec![0; rows.len()];
    transpose(&rows, [width, height], &mut turned);
    for line in turned.chunks_exact_mut(height.max(1)) {
        row.apply(line);
    }
    transpose(&turned, [height, width], &mut rows);
    rows
}

fn transpose(from: &[u8], [width, height]: [usize; 2], to: &mut [u8]) {
    for y in 0..height {
        for x in 0..width {
            to[x * height + y] = from[y * width + x];
        }
    }
}

/// One row at a time.
struct Row {
    reach: usize,
    extreme: Extreme,
    /// Extremes from each block's begin on, and up to its end.
    forward: Vec<u8>,
    backward: Vec<u8>,
}

impl Row {
    fn new(reach: usize, extreme: Extreme) -> Self {
        Self {
            reach,
            extreme,
            forward: Vec::new(),
            backward: Vec::new(),
        }
    }

    fn apply(&mut self, line: &mut [u8]) {
        let (n, block) = (line.len(), 2 * self.reach + 1);
        self.forward.clear();
        self.forward.extend_from_slice(line);
        self.backward.clear();
        self.backward.extend_from_slice(line);
        for x in 1..n {
            if x % block != 0 {
                self.forward[x] = self.extreme.of(self.forward[x], self.forward[x - 1]);
            }
        }
        for x in (0..n.saturating_sub(1)).rev() {
            if (x + 1) % block != 0 {
                self.backward[x] = self.extreme.of(self.backward[x], self.backward[x + 1]);
            }
        }
        for (x, value) in line.iter_mut().enumerate() {
            let (first, last) = (x.saturating_sub(self.reach), (x + self.reach).min(n - 1));
            // A window is no longer than a block: it ends in the next one, begins with its own,
            // or is cut short by the row's end.
            let [first_block, last_block] = [first / block, last / block];
            *value = if first_block != last_block {
                self.extreme.of(self.backward[first], self.forward[last])
            } else if first % block == 0 {
                self.forward[last]
            } else {
                self.backward[first]
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(
        pixels: &[u8],
        [width, height]: [usize; 2],
        reach: usize,
        extreme: Extreme,
    ) -> Vec<u8> {
        let around = |at: usize, end: usize| at.saturating_sub(reach)..(at + reach + 1).min(end);
        let value = |at: usize| {
            let (x, y) = (at % width, at / width);
            let rows = around(y, height);
            let all = rows.flat_map(|y| around(x, width).map(move |x| pixels[y * width + x]));
            all.reduce(|a, b| extreme.of(a, b)).unwrap()
        };
        (0..pixels.len()).map(value).collect()
    }

    proptest! {
        #[test]
        fn extremes_equal_those_of_the_naive_way(
            width in 1usize..24, height in 1usize..24, reach in 0usize..9, seed in any::<u32>(),
        ) {
            let mut state = seed;
            let mut random = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            let pixels: Vec<u8> = (0..width * height).map(|_| random()).collect();
            for extreme in [Extreme::Greatest, Extreme::Least] {
                let got = running_extreme(&pixels, [width, height], reach, extreme);
                prop_assert_eq!(got, naive(&pixels, [width, height], reach, extreme));
            }
        }
    }
}
