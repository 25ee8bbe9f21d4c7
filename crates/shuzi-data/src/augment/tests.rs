use super::*;
use crate::rng::{RngStream, generator};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

const H: usize = 28;
const W: usize = 28;

fn random(seed: u64) -> ChaCha8Rng {
    generator(seed, RngStream::Augment, 0, 0)
}

/// A thick stroke in the middle, uneven so that no symmetry hides a mistake.
fn stroke() -> Vec<u8> {
    let mut image = vec![0; H * W];
    for y in 6..22 {
        for x in 10..15 + y / 6 {
            image[y * W + x] = (100 + 9 * x - 3 * y) as u8;
        }
    }
    image
}

fn as_f32(image: &[u8]) -> Vec<f32> {
    image
        .iter()
        .map(|&pixel| f32::from(pixel) / 255.0)
        .collect()
}

fn augmented(augmentation: &Augmentation, image: &[u8], seed: u64) -> Vec<f32> {
    let mut output = vec![f32::NAN; image.len()];
    Augmenter::new(augmentation, H, W).unwrap().apply(
        image,
        Some(0),
        &mut random(seed),
        &mut output,
    );
    output
}

fn moved(image: &[u8], height: usize, width: usize, map: &Affine) -> Vec<f32> {
    let mut output = vec![f32::NAN; image.len()];
    warp(image, height, width, map, &mut output);
    output
}

/// Distorts every image of the fixture and shows each: its index, its label, what it was
/// and what it has become, as pixel / 255.
pub(super) fn on_the_fixture(
    augmentation: &Augmentation,
    mut visit: impl FnMut(usize, u8, &[f32], &[f32]),
) {
    let (train, _) = crate::fixture::load();
    let mut augmenter = Augmenter::new(augmentation, 28, 28).unwrap();
    for i in 0..train.len() {
        let (image, label) = train.get(i).unwrap();
        let mut output = vec![0.0; image.len()];
        let mut random = generator(1, RngStream::Augment, 0, i as u64);
        augmenter.apply(image, Some(label), &mut random, &mut output);
        visit(i, label, &as_f32(image), &output);
    }
}

fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f - e).abs() <= tolerance, "pixel {i}: {f} is not {e}");
    }
}

#[test]
fn no_distortion_gives_the_very_image() {
    let image = stroke();
    assert_eq!(augmented(&Augmentation::none(), &image, 5), as_f32(&image));
    let still = Augmentation {
        elastic: Some(Elastic {
            deviation_pixels: 0.0,
            grid: 5,
        }),
        ..Augmentation::none()
    };
    assert_eq!(augmented(&still, &image, 5), as_f32(&image));
}

#[test]
fn every_value_is_pixel_over_255() {
    let image: Vec<u8> = (0..=255).collect();
    assert_eq!(moved(&image, 16, 16, &Affine::identity()), as_f32(&image));
}

#[test]
fn a_shift_by_whole_pixels_moves_pixels() {
    let image = stroke();
    for (dx, dy) in [(3isize, 0isize), (0, -2), (-5, 4), (30, 0)] {
        let mut expected = vec![0.0; H * W];
        for y in 0..H {
            for x in 0..W {
                let from = (x.checked_add_signed(-dx), y.checked_add_signed(-dy));
                if let (Some(x0 @ 0..W), Some(y0 @ 0..H)) = from {
                    expected[y * W + x] = f32::from(image[y0 * W + x0]) / 255.0;
                }
            }
        }
        let map = Affine::identity().shifted([dx as f32, dy as f32]);
        assert_eq!(moved(&image, H, W, &map), expected, "{dx}, {dy}");
    }
}

#[test]
fn a_quarter_turn_is_a_transposition_and_a_flip() {
    let image = stroke();
    let mut expected = vec![0.0; H * W];
    for y in 0..H {
        for x in 0..W {
            // Clockwise: the left edge, read upwards, becomes the top row.
            expected[y * W + x] = f32::from(image[(H - 1 - x) * W + y]) / 255.0;
        }
    }
    assert_close(
        &moved(&image, H, W, &Affine::rotation(90.0)),
        &expected,
        1e-4,
    );
}

#[test]
fn a_flat_map_gives_an_empty_image() {
    let flat = Affine::zoom([0.0, 1.0]);
    assert_eq!(moved(&stroke(), H, W, &flat), vec![0.0; H * W]);
}

#[test]
fn ink_is_roughly_kept() {
    let image = stroke();
    let mass: f32 = as_f32(&image).iter().sum();
    let runs = 200;
    let mut mean = 0.0;
    for seed in 0..runs {
        let distorted: f32 = augmented(&Augmentation::moderate(), &image, seed)
            .iter()
            .sum();
        // Two zooms of ±10 % make 0.81 to 1.21; the rest bends but keeps area.
        let ratio = distorted / mass;
        assert!((0.7..1.4).contains(&ratio), "seed {seed}: {ratio}");
        mean += ratio / runs as f32;
    }
    assert!((mean - 1.0).abs() < 0.03, "{mean}");
}

#[test]
fn the_seed_decides_the_bits() {
    let image = stroke();
    let first = augmented(&Augmentation::moderate(), &image, 1);
    assert_eq!(first, augmented(&Augmentation::moderate(), &image, 1));
    assert_ne!(first, augmented(&Augmentation::moderate(), &image, 2));
}

#[test]
fn what_was_distorted_before_does_not_matter() {
    let image = stroke();
    let mut augmenter = Augmenter::new(&Augmentation::moderate(), H, W).unwrap();
    let mut output = vec![0.0; H * W];
    augmenter.apply(&vec![255; H * W], Some(1), &mut random(9), &mut output);
    augmenter.apply(&image, Some(0), &mut random(1), &mut output);
    assert_eq!(output, augmented(&Augmentation::moderate(), &image, 1));
}

#[test]
fn fields_out_of_range_are_named() {
    let moderate = Augmentation::moderate();
    let elastic = |deviation_pixels, grid| Augmentation {
        elastic: Some(Elastic {
            deviation_pixels,
            grid,
        }),
        ..moderate
    };
    let cases = [
        (
            "rotation_degrees",
            Augmentation {
                rotation_degrees: f32::NAN,
                ..moderate
            },
        ),
        (
            "zoom_fraction",
            Augmentation {
                zoom_fraction: 1.0,
                ..moderate
            },
        ),
        (
            "shear_degrees",
            Augmentation {
                shear_degrees: 90.0,
                ..moderate
            },
        ),
        (
            "shift_pixels",
            Augmentation {
                shift_pixels: -1.0,
                ..moderate
            },
        ),
        (
            "upstroke_probability",
            Augmentation {
                upstroke_probability: 1.5,
                ..moderate
            },
        ),
        (
            "mirrored_nine_probability",
            Augmentation {
                mirrored_nine_probability: -0.1,
                ..moderate
            },
        ),
        (
            "looped_two_probability",
            Augmentation {
                looped_two_probability: 1.1,
                ..moderate
            },
        ),
        (
            "sharpness_fraction",
            Augmentation {
                sharpness_fraction: 2.0,
                ..moderate
            },
        ),
        (
            "curled_nine_probability",
            Augmentation {
                curled_nine_probability: f32::NAN,
                ..moderate
            },
        ),
        ("elastic.deviation_pixels", elastic(f32::INFINITY, 5)),
        ("elastic.grid", elastic(0.5, 1)),
        ("elastic.grid", elastic(0.5, MAX_GRID + 1)),
    ];
    for (name, augmentation) in cases {
        assert_eq!(augmentation.validate().unwrap_err().name, name);
        assert_eq!(Augmenter::new(&augmentation, H, W).unwrap_err().name, name);
    }
    assert_eq!(Augmenter::new(&moderate, 0, W).unwrap_err().name, "height");
    assert_eq!(
        elastic(0.5, 17).validate().unwrap_err().to_string(),
        format!("elastic.grid is 17: expected 2 to {MAX_GRID}")
    );
}

#[test]
fn the_config_is_data() {
    let moderate = Augmentation::moderate();
    let json = serde_json::to_string(&moderate).unwrap();
    assert_eq!(
        serde_json::from_str::<Augmentation>(&json).unwrap(),
        moderate
    );
    let unknown = json.replace("shear_degrees", "shear_radians");
    assert!(serde_json::from_str::<Augmentation>(&unknown).is_err());
}

/// The whole distortion once more, by the formulas of the module's head, pixel by
/// pixel in f64.
fn naive(augmentation: &Augmentation, image: &[u8], h: usize, w: usize, seed: u64) -> Vec<f32> {
    let mut random = random(seed);
    let map = augmentation.draw(&mut random);
    let noise: Vec<f64> = augmentation.elastic.map_or(vec![], |elastic| {
        let mut draw = || -> f32 { StandardNormal.sample(&mut random) };
        (0..elastic.grid * 2 * elastic.grid)
            .map(|_| f64::from(elastic.deviation_pixels) * f64::from(draw()))
            .collect()
    });
    let grid = augmentation.elastic.map_or(0, |elastic| elastic.grid);
    // Catmull-Rom through p[1] and p[2], by its definition as a Hermite cubic.
    let cubic = |p: [f64; 4], t: f64| {
        let (m1, m2) = ((p[2] - p[0]) / 2.0, (p[3] - p[1]) / 2.0);
        (2.0 * t.powi(3) - 3.0 * t.powi(2) + 1.0) * p[1]
            + (t.powi(3) - 2.0 * t.powi(2) + t) * m1
            + (3.0 * t.powi(2) - 2.0 * t.powi(3)) * p[2]
            + (t.powi(3) - t.powi(2)) * m2
    };
    let locate = |i: usize, size: usize| {
        let at = i as f64 * (grid - 1) as f64 / (size - 1).max(1) as f64;
        let cell = at.floor().min(grid as f64 - 2.0);
        let point = |k: f64| (cell + k).clamp(0.0, grid as f64 - 1.0) as usize;
        ([point(-1.0), point(0.0), point(1.0), point(2.0)], at - cell)
    };
    let displacement = |component: usize, y: usize, x: usize| {
        if grid == 0 {
            return 0.0;
        }
        let ((rows, s), (columns, t)) = (locate(y, h), locate(x, w));
        let value = |row: usize, column: usize| noise[(row * 2 + component) * grid + column];
        cubic(rows.map(|r| cubic(columns.map(|c| value(r, c)), t)), s)
    };
    let pixel = |y: f64, x: f64| {
        let inside = (0.0..h as f64).contains(&y) && (0.0..w as f64).contains(&x);
        let value = if inside {
            image[y as usize * w + x as usize]
        } else {
            0
        };
        f64::from(value) / 255.0
    };
    let [[a, b], [c, d]] = map.matrix.map(|row| row.map(f64::from));
    let [shift_x, shift_y] = map.shift.map(f64::from);
    let (cx, cy) = ((w as f64 - 1.0) / 2.0, (h as f64 - 1.0) / 2.0);
    let mut output = Vec::new();
    for y in 0..h {
        for x in 0..w {
            let (px, py) = (x as f64 - cx - shift_x, y as f64 - cy - shift_y);
            let determinant = a * d - b * c;
            let sx = cx + (d * px - b * py) / determinant + displacement(0, y, x);
            let sy = cy + (a * py - c * px) / determinant + displacement(1, y, x);
            let (x0, y0) = (sx.floor(), sy.floor());
            let (u, v) = (sx - x0, sy - y0);
            let value = pixel(y0, x0) * (1.0 - u) * (1.0 - v)
                + pixel(y0, x0 + 1.0) * u * (1.0 - v)
                + pixel(y0 + 1.0, x0) * (1.0 - u) * v
                + pixel(y0 + 1.0, x0 + 1.0) * u * v;
            output.push(value as f32);
        }
    }
    output
}

proptest! {
    #[test]
    fn the_map_is_that_of_its_naive_twin(
        (h, w) in (1..30usize, 1..30usize),
        elastic in prop::option::of((0.0..3f32, 2..7usize)),
        (rotation_degrees, shear_degrees) in (0.0..180f32, 0.0..45f32),
        (zoom_fraction, shift_pixels) in (0.0..0.5f32, 0.0..9f32),
        pixels in prop::collection::vec(any::<u8>(), 900),
        seed: u64,
    ) {
        let augmentation = Augmentation {
            rotation_degrees,
            zoom_fraction,
            shear_degrees,
            shift_pixels,
            elastic: elastic.map(|(deviation_pixels, grid)| Elastic { deviation_pixels, grid }),
            ..Augmentation::none()
        };
        let image = &pixels[..h * w];
        let mut output = vec![f32::NAN; h * w];
        Augmenter::new(&augmentation, h, w)
            .unwrap()
            .apply(image, Some(0), &mut random(seed), &mut output);
        for (found, expected) in output.iter().zip(naive(&augmentation, image, h, w, seed)) {
            prop_assert!((found - expected).abs() < 1e-4, "{} is not {}", found, expected);
        }
    }
}

#[test]
fn a_part_of_a_distortion_moves_less() {
    let image = stroke();
    let strong = Augmentation {
        sharpness_fraction: 0.5,
        ..Augmentation::strong()
    };
    let moved = |share: f32| -> f32 {
        let output = augmented(&strong.scaled(share), &image, 1);
        let apart = output.iter().zip(as_f32(&image));
        apart.map(|(a, b)| (a - b).abs()).sum()
    };
    assert!(moved(0.0) < 1e-3);
    assert!(
        moved(0.1) < 0.5 * moved(1.0),
        "{} {}",
        moved(0.1),
        moved(1.0)
    );
    assert_eq!(strong.scaled(1.0), strong);
}
