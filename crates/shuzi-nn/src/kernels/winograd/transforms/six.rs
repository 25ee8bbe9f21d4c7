//! Six points along an axis.

use pulp::Simd;

use super::{Axis, Points, Taps, V};

/// The points 0, 1, −1, 2, −2 and ∞, for F(4×4, 3×3) and F(2×2, 5×5), so that B is the
/// same. A tile of three outputs under 3×3 does without −2, one of two outputs without
/// 2, too.
pub(in super::super) struct Six;

impl Points for Six {
    const COUNT: usize = 6;
}

impl Taps<3, 6> for Six {
    #[inline(always)]
    fn points<S: Simd>(simd: S, [g0, g1, g2]: [S::f32s; 3]) -> [S::f32s; 6] {
        let v = V(simd);
        kernel_points(
            simd,
            [g0, g2],
            [v.add(g0, g2), g1],
            [v.fma(4.0, g2, g0), v.add(g1, g1)],
        )
    }

    #[inline(always)]
    fn points_transposed<S: Simd>(simd: S, p: [S::f32s; 6]) -> [S::f32s; 3] {
        let v = V(simd);
        let [[first, last], [near, near_odd], [far, far_odd]] = kernel_sums(simd, p);
        [
            v.add(first, v.add(near, far)),
            v.fma(2.0, far_odd, near_odd),
            v.add(last, v.fma(4.0, far, near)),
        ]
    }
}

impl Taps<5, 6> for Six {
    #[inline(always)]
    fn points<S: Simd>(simd: S, [g0, g1, g2, g3, g4]: [S::f32s; 5]) -> [S::f32s; 6] {
        let v = V(simd);
        let near = [v.add(g0, v.add(g2, g4)), v.add(g1, g3)];
        let far = [
            v.fma(16.0, g4, v.fma(4.0, g2, g0)),
            v.fma(8.0, g3, v.add(g1, g1)),
        ];
        kernel_points(simd, [g0, g4], near, far)
    }

    #[inline(always)]
    fn points_transposed<S: Simd>(simd: S, p: [S::f32s; 6]) -> [S::f32s; 5] {
        let v = V(simd);
        let [[first, last], [near, near_odd], [far, far_odd]] = kernel_sums(simd, p);
        [
            v.add(first, v.add(near, far)),
            v.fma(2.0, far_odd, near_odd),
            v.fma(4.0, far, near),
            v.fma(8.0, far_odd, near_odd),
            v.add(last, v.fma(16.0, far, near)),
        ]
    }
}

/// A kernel's points with their scale, from its first and last tap and from its even
/// and odd part at 1 and at 2.
#[inline(always)]
fn kernel_points<S: Simd>(
    simd: S,
    [first, last]: [S::f32s; 2],
    [near, near_odd]: [S::f32s; 2],
    [far, far_odd]: [S::f32s; 2],
) -> [S::f32s; 6] {
    let v = V(simd);
    let (near, far) = (v.mul(-1.0 / 6.0, near), v.mul(1.0 / 24.0, far));
    [
        v.mul(1.0 / 4.0, first),
        v.fma(-1.0 / 6.0, near_odd, near),
        v.fma(1.0 / 6.0, near_odd, near),
        v.fma(1.0 / 24.0, far_odd, far),
        v.fma(-1.0 / 24.0, far_odd, far),
        last,
    ]
}

/// The other way round.
#[inline(always)]
fn kernel_sums<S: Simd>(simd: S, [p0, p1, p2, p3, p4, p5]: [S::f32s; 6]) -> [[S::f32s; 2]; 3] {
    let v = V(simd);
    [
        [v.mul(1.0 / 4.0, p0), p5],
        [v.add(p1, p2), v.sub(p1, p2)].map(
            #[inline(always)]
            |near| v.mul(-1.0 / 6.0, near),
        ),
        [v.add(p3, p4), v.sub(p3, p4)].map(
            #[inline(always)]
            |far| v.mul(1.0 / 24.0, far),
        ),
    ]
}

impl Axis<6, 4> for Six {
    #[inline(always)]
    fn input<S: Simd>(simd: S, [d0, d1, d2, d3, d4, d5]: [S::f32s; 6]) -> [S::f32s; 6] {
        let v = V(simd);
        let even = v.fma(-4.0, d2, d4);
        let odd = v.fma(-4.0, d1, d3);
        let near = v.sub(d4, d2);
        let far = v.sub(d3, d1);
        [
            v.fma(4.0, d0, v.fma(-5.0, d2, d4)),
            v.add(even, odd),
            v.sub(even, odd),
            v.fma(2.0, far, near),
            v.fma(-2.0, far, near),
            v.fma(4.0, d1, v.fma(-5.0, d3, d5)),
        ]
    }

    #[inline(always)]
    fn input_transposed<S: Simd>(simd: S, [t0, t1, t2, t3, t4, t5]: [S::f32s; 6]) -> [S::f32s; 6] {
        let v = V(simd);
        let (sum, difference) = (v.add(t1, t2), v.sub(t1, t2));
        let (outer, outer_difference) = (v.add(t3, t4), v.sub(t3, t4));
        let zero = simd.splat_f32s(0.0);
        let twice = v.mul(2.0, outer_difference);
        [
            v.mul(4.0, t0),
            v.fma(4.0, t5, v.fma(-4.0, difference, v.sub(zero, twice))),
            v.fma(-5.0, t0, v.fma(-4.0, sum, v.sub(zero, outer))),
            v.fma(-5.0, t5, v.add(difference, twice)),
            v.add(t0, v.add(sum, outer)),
            t5,
        ]
    }

    #[inline(always)]
    fn output<S: Simd>(simd: S, [m0, m1, m2, m3, m4, m5]: [S::f32s; 6]) -> [S::f32s; 4] {
        let v = V(simd);
        let (sum, difference) = (v.add(m1, m2), v.sub(m1, m2));
        let (outer, outer_difference) = (v.add(m3, m4), v.sub(m3, m4));
        [
            v.add(v.add(m0, sum), outer),
            v.fma(2.0, outer_difference, difference),
            v.fma(4.0, outer, sum),
            v.fma(8.0, outer_difference, v.add(difference, m5)),
        ]
    }

    #[inline(always)]
    fn output_transposed<S: Simd>(simd: S, [y0, y1, y2, y3]: [S::f32s; 4]) -> [S::f32s; 6] {
        let v = V(simd);
        let (near, near_odd) = (v.add(y0, y2), v.add(y1, y3));
        let far = v.fma(4.0, y2, y0);
        let far_odd = v.fma(8.0, y3, v.add(y1, y1));
        [
            y0,
            v.add(near, near_odd),
            v.sub(near, near_odd),
            v.add(far, far_odd),
            v.sub(far, far_odd),
            y3,
        ]
    }
}

/// Two outputs of five taps.
impl Axis<6, 2> for Six {
    #[inline(always)]
    fn input<S: Simd>(simd: S, d: [S::f32s; 6]) -> [S::f32s; 6] {
        <Self as Axis<6, 4>>::input(simd, d)
    }

    #[inline(always)]
    fn input_transposed<S: Simd>(simd: S, t: [S::f32s; 6]) -> [S::f32s; 6] {
        <Self as Axis<6, 4>>::input_transposed(simd, t)
    }

    #[inline(always)]
    fn output<S: Simd>(simd: S, [m0, m1, m2, m3, m4, m5]: [S::f32s; 6]) -> [S::f32s; 2] {
        let v = V(simd);
        let (near, far) = (v.add(m1, m2), v.add(m3, m4));
        let (near_odd, far_odd) = (v.sub(m1, m2), v.sub(m3, m4));
        [
            v.add(m0, v.add(near, far)),
            v.fma(2.0, far_odd, v.add(near_odd, m5)),
        ]
    }

    #[inline(always)]
    fn output_transposed<S: Simd>(simd: S, [y0, y1]: [S::f32s; 2]) -> [S::f32s; 6] {
        let v = V(simd);
        [
            y0,
            v.add(y0, y1),
            v.sub(y0, y1),
            v.fma(2.0, y1, y0),
            v.fma(-2.0, y1, y0),
            y1,
        ]
    }
}

impl Axis<5, 3> for Six {
    #[inline(always)]
    fn input<S: Simd>(simd: S, [d0, d1, d2, d3, d4]: [S::f32s; 5]) -> [S::f32s; 5] {
        let v = V(simd);
        let far = v.sub(d3, d1);
        [
            v.fma(4.0, v.sub(d0, d2), v.mul(2.0, far)),
            v.mul(3.0, v.sub(v.sub(far, d1), d2)),
            v.fma(2.0, d1, v.fma(-3.0, d2, d3)),
            v.mul(4.0, far),
            v.fma(-2.0, far, v.sub(d4, d2)),
        ]
    }

    #[inline(always)]
    fn input_transposed<S: Simd>(simd: S, [t0, t1, t2, t3, t5]: [S::f32s; 5]) -> [S::f32s; 5] {
        let v = V(simd);
        // What d3 − d1 has part in.
        let far = v.fma(4.0, t3, v.fma(2.0, v.sub(t0, t5), v.mul(3.0, t1)));
        let zero = simd.splat_f32s(0.0);
        [
            v.mul(4.0, t0),
            v.fma(2.0, t2, v.fma(-3.0, t1, v.sub(zero, far))),
            v.fma(-4.0, t0, v.fma(-3.0, v.add(t1, t2), v.sub(zero, t5))),
            v.add(far, t2),
            t5,
        ]
    }

    #[inline(always)]
    fn output<S: Simd>(simd: S, [m0, m1, m2, m3, m5]: [S::f32s; 5]) -> [S::f32s; 3] {
        let v = V(simd);
        let (sum, difference) = (v.add(m1, m2), v.sub(m1, m2));
        [
            v.add(v.add(m0, sum), m3),
            v.fma(2.0, m3, difference),
            v.fma(4.0, m3, v.add(sum, m5)),
        ]
    }

    #[inline(always)]
    fn output_transposed<S: Simd>(simd: S, [y0, y1, y2]: [S::f32s; 3]) -> [S::f32s; 5] {
        let v = V(simd);
        let even = v.add(y0, y2);
        [
            y0,
            v.add(even, y1),
            v.sub(even, y1),
            v.fma(2.0, y1, v.fma(4.0, y2, y0)),
            y2,
        ]
    }
}

impl Axis<4, 2> for Six {
    #[inline(always)]
    fn input<S: Simd>(simd: S, [d0, d1, d2, d3]: [S::f32s; 4]) -> [S::f32s; 4] {
        let v = V(simd);
        [
            v.mul(4.0, v.sub(d0, d2)),
            v.mul(-3.0, v.add(d1, d2)),
            v.mul(3.0, v.sub(d1, d2)),
            v.sub(d3, d1),
        ]
    }

    #[inline(always)]
    fn input_transposed<S: Simd>(simd: S, [t0, t1, t2, t5]: [S::f32s; 4]) -> [S::f32s; 4] {
        let v = V(simd);
        let first = v.mul(4.0, t0);
        [
            first,
            v.fma(3.0, v.sub(t2, t1), v.sub(simd.splat_f32s(0.0), t5)),
            v.fma(-3.0, v.add(t1, t2), v.sub(simd.splat_f32s(0.0), first)),
            t5,
        ]
    }

    #[inline(always)]
    fn output<S: Simd>(simd: S, [m0, m1, m2, m5]: [S::f32s; 4]) -> [S::f32s; 2] {
        let v = V(simd);
        [v.add(m0, v.add(m1, m2)), v.add(v.sub(m1, m2), m5)]
    }

    #[inline(always)]
    fn output_transposed<S: Simd>(simd: S, [y0, y1]: [S::f32s; 2]) -> [S::f32s; 4] {
        let v = V(simd);
        [y0, v.add(y0, y1), v.sub(y0, y1), y1]
    }
}
