//! Eight points along an axis.

use pulp::Simd;

use super::{Axis, Points, Six, Taps, V};

/// The points 0, 1, −1, 2, −2, ½, −½ and ∞, for F(6×6, 3×3). A tile of four outputs
/// does without ±½, one of two without ±2, too.
pub(in super::super) struct Eight;

impl Points for Eight {
    const COUNT: usize = 8;
}

/// What the scale of the kernel at eight points is to that at six: `p² − ¼` at 0, ±1 and
/// ±2, but that the first has another sign.
const SCALE: [f32; 3] = [1.0 / 4.0, 3.0 / 4.0, 15.0 / 4.0];

impl Taps<3, 8> for Eight {
    #[inline(always)]
    fn points<S: Simd>(simd: S, [g0, g1, g2]: [S::f32s; 3]) -> [S::f32s; 8] {
        let v = V(simd);
        let near = v.mul(-2.0 / 9.0, v.add(g0, g2));
        let far = v.mul(1.0 / 90.0, v.fma(4.0, g2, g0));
        let half = v.mul(32.0 / 45.0, v.fma(0.25, g2, g0));
        [
            g0,
            v.fma(-2.0 / 9.0, g1, near),
            v.fma(2.0 / 9.0, g1, near),
            v.fma(1.0 / 45.0, g1, far),
            v.fma(-1.0 / 45.0, g1, far),
            v.fma(16.0 / 45.0, g1, half),
            v.fma(-16.0 / 45.0, g1, half),
            g2,
        ]
    }

    #[inline(always)]
    fn points_transposed<S: Simd>(
        simd: S,
        [p0, p1, p2, p3, p4, p5, p6, p7]: [S::f32s; 8],
    ) -> [S::f32s; 3] {
        let v = V(simd);
        let near = v.mul(-2.0 / 9.0, v.add(p1, p2));
        let far = v.mul(1.0 / 90.0, v.add(p3, p4));
        let half = v.mul(32.0 / 45.0, v.add(p5, p6));
        let odd = v.fma(
            16.0 / 45.0,
            v.sub(p5, p6),
            v.fma(1.0 / 45.0, v.sub(p3, p4), v.mul(-2.0 / 9.0, v.sub(p1, p2))),
        );
        [
            v.add(v.add(p0, near), v.add(far, half)),
            odd,
            v.add(v.fma(0.25, half, near), v.fma(4.0, far, p7)),
        ]
    }
}

impl Axis<8, 6> for Eight {
    #[inline(always)]
    fn input<S: Simd>(simd: S, [d0, d1, d2, d3, d4, d5, d6, d7]: [S::f32s; 8]) -> [S::f32s; 8] {
        let v = V(simd);
        let near = v.fma(-4.25, d4, v.add(d2, d6));
        let near_odd = v.fma(-4.25, d3, v.add(d1, d5));
        let far = v.fma(0.25, d2, v.fma(-1.25, d4, d6));
        let far_odd = v.fma(0.25, d1, v.fma(-1.25, d3, d5));
        let half = v.fma(4.0, d2, v.fma(-5.0, d4, d6));
        let half_odd = v.fma(4.0, d1, v.fma(-5.0, d3, d5));
        [
            v.fma(5.25, v.sub(d4, d2), v.sub(d0, d6)),
            v.add(near, near_odd),
            v.sub(near, near_odd),
            v.fma(2.0, far_odd, far),
            v.fma(-2.0, far_odd, far),
            v.fma(0.5, half_odd, half),
            v.fma(-0.5, half_odd, half),
            v.fma(5.25, v.sub(d3, d5), v.sub(d7, d1)),
        ]
    }

    #[inline(always)]
    fn input_transposed<S: Simd>(
        simd: S,
        [t0, t1, t2, t3, t4, t5, t6, t7]: [S::f32s; 8],
    ) -> [S::f32s; 8] {
        let v = V(simd);
        let (near, near_odd) = (v.add(t1, t2), v.sub(t1, t2));
        let (far, far_odd) = (v.add(t3, t4), v.sub(t3, t4));
        let (half, half_odd) = (v.add(t5, t6), v.sub(t5, t6));
        [
            t0,
            v.fma(0.5, far_odd, v.fma(2.0, half_odd, v.sub(near_odd, t7))),
            v.fma(-5.25, t0, v.fma(0.25, far, v.fma(4.0, half, near))),
            v.fma(
                5.25,
                t7,
                v.fma(-4.25, near_odd, v.mul(-2.5, v.add(far_odd, half_odd))),
            ),
            v.fma(
                5.25,
                t0,
                v.fma(-4.25, near, v.fma(-1.25, far, v.mul(-5.0, half))),
            ),
            v.fma(
                -5.25,
                t7,
                v.fma(2.0, far_odd, v.fma(0.5, half_odd, near_odd)),
            ),
            v.sub(v.add(near, v.add(far, half)), t0),
            t7,
        ]
    }

    #[inline(always)]
    fn output<S: Simd>(simd: S, [m0, m1, m2, m3, m4, m5, m6, m7]: [S::f32s; 8]) -> [S::f32s; 6] {
        let v = V(simd);
        let (near, near_odd) = (v.add(m1, m2), v.sub(m1, m2));
        let (far, far_odd) = (v.add(m3, m4), v.sub(m3, m4));
        let (half, half_odd) = (v.add(m5, m6), v.sub(m5, m6));
        [
            v.add(v.add(m0, near), v.add(far, half)),
            v.fma(2.0, far_odd, v.fma(0.5, half_odd, near_odd)),
            v.fma(4.0, far, v.fma(0.25, half, near)),
            v.fma(8.0, far_odd, v.fma(0.125, half_odd, near_odd)),
            v.fma(16.0, far, v.fma(0.0625, half, near)),
            v.fma(32.0, far_odd, v.fma(0.03125, half_odd, v.add(near_odd, m7))),
        ]
    }

    #[inline(always)]
    fn output_transposed<S: Simd>(simd: S, [y0, y1, y2, y3, y4, y5]: [S::f32s; 6]) -> [S::f32s; 8] {
        let v = V(simd);
        let near = v.add(y0, v.add(y2, y4));
        let near_odd = v.add(y1, v.add(y3, y5));
        let far = v.fma(16.0, y4, v.fma(4.0, y2, y0));
        let far_odd = v.fma(32.0, y5, v.fma(8.0, y3, v.add(y1, y1)));
        let half = v.fma(0.0625, y4, v.fma(0.25, y2, y0));
        let half_odd = v.fma(0.03125, y5, v.fma(0.125, y3, v.mul(0.5, y1)));
        [
            y0,
            v.add(near, near_odd),
            v.sub(near, near_odd),
            v.add(far, far_odd),
            v.sub(far, far_odd),
            v.add(half, half_odd),
            v.sub(half, half_odd),
            y5,
        ]
    }
}

/// Four outputs, the input at the scale of eight points.
impl Axis<6, 4> for Eight {
    #[inline(always)]
    fn input<S: Simd>(simd: S, d: [S::f32s; 6]) -> [S::f32s; 6] {
        scaled_6(simd, <Six as Axis<6, 4>>::input(simd, d))
    }

    #[inline(always)]
    fn input_transposed<S: Simd>(simd: S, t: [S::f32s; 6]) -> [S::f32s; 6] {
        <Six as Axis<6, 4>>::input_transposed(simd, scaled_6(simd, t))
    }

    #[inline(always)]
    fn output<S: Simd>(simd: S, m: [S::f32s; 6]) -> [S::f32s; 4] {
        <Six as Axis<6, 4>>::output(simd, m)
    }

    #[inline(always)]
    fn output_transposed<S: Simd>(simd: S, y: [S::f32s; 4]) -> [S::f32s; 6] {
        <Six as Axis<6, 4>>::output_transposed(simd, y)
    }
}

/// Two outputs, the same.
impl Axis<4, 2> for Eight {
    #[inline(always)]
    fn input<S: Simd>(simd: S, d: [S::f32s; 4]) -> [S::f32s; 4] {
        scaled_4(simd, <Six as Axis<4, 2>>::input(simd, d))
    }

    #[inline(always)]
    fn input_transposed<S: Simd>(simd: S, t: [S::f32s; 4]) -> [S::f32s; 4] {
        <Six as Axis<4, 2>>::input_transposed(simd, scaled_4(simd, t))
    }

    #[inline(always)]
    fn output<S: Simd>(simd: S, m: [S::f32s; 4]) -> [S::f32s; 2] {
        <Six as Axis<4, 2>>::output(simd, m)
    }

    #[inline(always)]
    fn output_transposed<S: Simd>(simd: S, y: [S::f32s; 2]) -> [S::f32s; 4] {
        <Six as Axis<4, 2>>::output_transposed(simd, y)
    }
}

#[inline(always)]
fn scaled_6<S: Simd>(simd: S, [t0, t1, t2, t3, t4, t5]: [S::f32s; 6]) -> [S::f32s; 6] {
    let v = V(simd);
    let [zero, near, far] = SCALE;
    [
        v.mul(zero, t0),
        v.mul(near, t1),
        v.mul(near, t2),
        v.mul(far, t3),
        v.mul(far, t4),
        t5,
    ]
}

#[inline(always)]
fn scaled_4<S: Simd>(simd: S, [t0, t1, t2, t3]: [S::f32s; 4]) -> [S::f32s; 4] {
    let v = V(simd);
    let [zero, near, _] = SCALE;
    [v.mul(zero, t0), v.mul(near, t1), v.mul(near, t2), t3]
}
