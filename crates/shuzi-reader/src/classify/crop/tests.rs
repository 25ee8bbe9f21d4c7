use proptest::prelude::*;

use super::*;
use crate::{
    binarize::tests::binarize, image::decode::Limits, image::decode::decode,
    segment::components::tests::find_components,
};

fn normalize_digit(ink: &Ink, components: &Components, region: &Region) -> Crop {
    super::normalize_digit(ink, components, region, &CropParams::default())
}

/// The only region of a light-on-dark image, normalised.
fn normalized(width: usize, height: usize, pixels: &[u8]) -> Crop {
    let mut bytes = format!("P5 {width} {height} 255\n").into_bytes();
    bytes.extend(pixels);
    let ink = binarize(&decode(&bytes, Limits::default()).unwrap()).unwrap();
    let components = find_components(&ink);
    assert_eq!(components.regions.len(), 1);
    normalize_digit(&ink, &components, &components.regions[0])
}

fn extent_of(crop: &Crop) -> (usize, usize) {
    let inked = |at: usize| crop.pixels[at] >= Ink::EDGE;
    let columns = (0..SIDE).filter(|x| (0..SIDE).any(|y| inked(y * SIDE + x)));
    let rows = (0..SIDE).filter(|y| (0..SIDE).any(|x| inked(y * SIDE + x)));
    (columns.count(), rows.count())
}

/// A ring with a tail: something like a 9.
fn nine(side: usize, x: f64, y: f64) -> u8 {
    let s = side as f64;
    let (x, y) = (x / s, y / s);
    let ring = ((x - 0.45).hypot(y - 0.35) - 0.15).abs() < 0.04;
    let tail = (0.55..0.63).contains(&x) && (0.35..0.85).contains(&y);
    if ring || tail { 255 } else { 0 }
}

fn draw(side: usize, dx: f64, dy: f64) -> Vec<u8> {
    (0..side * side)
        .map(|i| {
            nine(
                side,
                (i % side) as f64 + 0.5 - dx,
                (i / side) as f64 + 0.5 - dy,
            )
        })
        .collect()
}

#[test]
fn strokes_thinner_than_a_pixel_of_the_crop_are_as_bright_as_others() {
    for thickness in [1, 3, 20] {
        let mut pixels = vec![250; 200 * 240];
        for y in 20..220 {
            pixels[y * 200 + 80..][..thickness].fill(10);
        }
        let crop = normalized(200, 240, &pixels);
        let column: Vec<u8> = (0..SIDE)
            .filter_map(|y| crop.pixels[y * SIDE..][..SIDE].iter().copied().max())
            .collect();
        let bright = column.iter().filter(|&&ink| ink >= 100).count();
        assert!((19..=21).contains(&bright), "{thickness}: {column:?}");
    }
}

#[test]
fn any_size_and_place_gives_the_same_crop() {
    let expected = normalized(200, 200, &draw(200, 0.0, 0.0));
    let (columns, rows) = extent_of(&expected);
    assert_eq!(rows, 20);
    assert!(columns < 15);
    for (side, dx, dy) in [
        (200, 31.0, -17.0),
        (200, -40.0, 9.0),
        (601, 55.5, -70.25),
        (90, 0.0, 0.0),
    ] {
        let crop = normalized(side, side, &draw(side, dx, dy));
        let difference: u32 = crop
            .pixels
            .iter()
            .zip(&expected.pixels)
            .map(|(a, b)| u32::from(a.abs_diff(*b)))
            .sum();
        let mean = f64::from(difference) / (SIDE * SIDE) as f64;
        assert!(mean < 5.0, "{side} {dx} {dy}: {mean}");
    }
}

#[test]
fn the_centre_of_mass_is_at_the_centre() {
    let crop = normalized(200, 200, &draw(200, 20.0, 12.0));
    let mass: f64 = crop.pixels.iter().map(|&p| f64::from(p)).sum();
    let mean = |at: fn(usize) -> usize| {
        let sum: f64 = crop
            .pixels
            .iter()
            .enumerate()
            .map(|(i, &p)| at(i) as f64 * f64::from(p))
            .sum();
        sum / mass
    };
    assert!((mean(|i| i % SIDE) - CENTRE).abs() <= 0.55);
    assert!((mean(|i| i / SIDE) - CENTRE).abs() <= 0.55);
}

#[test]
fn an_image_of_mnist_comes_out_as_it_went_in() {
    let (train, _) = shuzi_data::fixture::load();
    let mut moved = 0;
    let n = 300;
    for index in 0..n {
        let (pixels, _) = train.get(index).unwrap();
        let ink_bytes = {
            let mut bytes = b"P5 28 28 255\n".to_vec();
            bytes.extend(pixels);
            bytes
        };
        let ink = binarize(&decode(&ink_bytes, Limits::default()).unwrap()).unwrap();
        let components = find_components(&ink);
        let Some(region) = components.regions.first() else {
            moved += 1;
            continue;
        };
        let crop = normalize_digit(&ink, &components, region);
        let difference: u32 = crop
            .pixels
            .iter()
            .zip(pixels)
            .map(|(a, b)| u32::from(a.abs_diff(*b)))
            .sum();
        if difference > 20 * 784 {
            moved += 1;
        }
    }
    // Broken strokes and boxes that are not 20 pixels make the rest.
    assert!(moved * 10 <= n, "{moved} of {n}");
}

/// The extent of what two strokes become, each `[x, y, width, height]`, as two digits.
fn pair(strokes: [[usize; 4]; 2]) -> (usize, usize) {
    let (width, height) = (400, 100);
    let mut ink = Ink {
        width,
        height,
        coverage: vec![0; width * height],
        polarity: crate::binarize::Polarity::DarkOnLight,
    };
    for [x, y, across, down] in strokes {
        for row in y..y + down {
            ink.coverage[row * width + x..][..across].fill(255);
        }
    }
    let components = Components {
        labels: ink.coverage.iter().map(|c| u32::from(c / 255)).collect(),
        regions: Vec::new(),
        left_out: 0,
        points: Vec::new(),
        last_label: 1,
    };
    let bounds = strokes.map(|[x, y, width, height]| crate::image::rectangle::Rectangle {
        x,
        y,
        width,
        height,
    });
    let region = Region {
        bounds: bounds[0].union(&bounds[1]),
        line: 0,
        labels: vec![1],
    };
    extent_of(&normalize_bigram(
        &ink,
        &components,
        &region,
        &CropParams::default(),
    ))
}

#[test]
fn a_pair_is_as_high_as_a_digit_and_squeezed_if_it_is_wide() {
    let plain = pair([[50, 20, 8, 60], [50, 20, 48, 8]]);
    assert_eq!(plain, (16, 20));
    let wide = pair([[50, 20, 8, 40], [50, 20, 100, 8]]);
    assert_eq!(wide, (26, 20), "squeezed");
    let rule = pair([[0, 40, 200, 4], [200, 50, 200, 4]]);
    assert_eq!(rule, (26, 4), "not drawn out");
}

proptest! {
    #[test]
    fn any_ink_gives_a_crop(
        width in 1usize..50,
        height in 1usize..50,
        bytes in prop::collection::vec(any::<u8>(), 2500),
    ) {
        let ink = Ink {
            width,
            height,
            coverage: bytes[..width * height].to_vec(),
            polarity: crate::binarize::Polarity::LightOnDark,
        };
        let components = find_components(&ink);
        for region in &components.regions {
            normalize_digit(&ink, &components, region);
        }
    }
}
