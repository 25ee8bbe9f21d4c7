//! Letters, units and currencies in simple forms: other writing than numbers.

use std::{collections::BTreeMap, sync::OnceLock};

use super::{
    Pen,
    curve::{smooth, straight},
};
use crate::geometry::{Path, Point};

/// Strokes of letters: `x,y` points between 0 and 1, a digit high; strokes are parted by `|`,
/// and one that begins with `~` bends through its points.
const SHAPES: &[(char, &str)] = &[
    ('A', "0,1 .3,0 .6,1|.1,.62 .52,.6"),
    (
        'B',
        "0,0 0,1|~0,.03 .35,.1 .3,.4 .02,.48|~.02,.48 .42,.6 .38,.93 0,1",
    ),
    ('C', "~.5,.15 .28,0 .03,.3 .05,.75 .3,1 .52,.85"),
    ('D', "0,0 0,1|~0,.02 .35,.08 .5,.5 .35,.9 0,1"),
    ('E', ".45,0 0,0 0,1 .47,1|0,.5 .36,.48"),
    ('F', ".48,0 0,.02 0,1|0,.48 .36,.46"),
    (
        'G',
        "~.5,.15 .28,0 .03,.3 .05,.75 .3,1 .5,.85 .5,.58|.3,.58 .56,.57",
    ),
    ('H', "0,0 0,1|.5,0 .5,1|0,.5 .5,.48"),
    ('I', ".1,0 .1,1|0,0 .22,0|0,1 .22,1"),
    ('J', "~.35,0 .36,.7 .2,1 0,.85"),
    ('K', "0,0 0,1|.45,0 .02,.55|.12,.45 .5,1"),
    ('L', "0,0 0,1 .45,.98"),
    ('M', "0,1 .05,0 .33,.65 .6,0 .68,1"),
    ('N', "0,1 0,0 .48,1 .5,0"),
    ('P', "0,0 0,1|~0,.03 .4,.08 .38,.45 .02,.52"),
    ('R', "0,0 0,1|~0,.03 .4,.08 .36,.45 .02,.5|.15,.5 .48,1"),
    ('S', "~.42,.12 .2,0 .02,.25 .25,.48 .42,.75 .22,1 0,.88"),
    ('T', "0,.02 .55,0|.28,0 .27,1"),
    ('U', "~0,0 .02,.75 .22,1 .44,.75 .46,0"),
    ('V', "0,0 .27,1 .55,0"),
    ('W', "0,0 .18,1 .37,.3 .55,1 .75,0"),
    ('X', "0,0 .5,1|.5,0 0,1"),
    ('Z', "0,.03 .5,0 0,1 .52,.98"),
    (
        'Q',
        "~.3,0 .02,.35 .1,.9 .35,1 .6,.6 .5,.1 .3,0|.35,.72 .62,1.08",
    ),
    ('Y', "0,0 .26,.5 .52,0|.26,.5 .24,1"),
    (
        'a',
        "~.35,.55 .15,.48 .02,.75 .15,1 .35,.8 .36,.52|~.36,.52 .36,.9 .48,.98",
    ),
    ('b', "~0,0 .02,.95 .2,1 .36,.78 .22,.52 .02,.7"),
    ('c', "~.34,.56 .15,.48 .02,.75 .15,1 .36,.9"),
    (
        'd',
        "~.34,.6 .15,.5 .02,.78 .16,1 .35,.8|~.38,0 .36,.8 .46,.98",
    ),
    ('e', "~.03,.76 .33,.7 .2,.48 .02,.72 .14,1 .38,.88"),
    ('f', "~.34,.05 .2,.02 .13,.3 .12,1.05|0,.45 .3,.43"),
    (
        'g',
        "~.35,.55 .15,.48 .03,.72 .15,.95 .35,.7|~.36,.5 .36,1.1 .2,1.32 .02,1.2",
    ),
    ('h', "0,0 0,1|~0,.7 .2,.5 .34,.65 .35,1"),
    ('i', "~0,.5 0,.88 .1,.98|.01,.3 .02,.33"),
    ('k', "0,0 0,1|.32,.5 .02,.75|.1,.7 .36,1"),
    ('l', "~0,.6 .15,.15 .08,0 0,.3 .02,.9 .14,.98"),
    (
        'm',
        "0,.5 0,1|~0,.65 .15,.5 .24,.65 .25,1|~.25,.65 .4,.5 .5,.65 .52,1",
    ),
    ('n', "0,.5 0,1|~0,.68 .2,.5 .33,.65 .34,1"),
    ('o', "~.18,.48 .02,.75 .18,1 .36,.75 .2,.48"),
    ('p', "0,.5 -.02,1.35|~0,.6 .22,.48 .36,.72 .2,.98 .02,.85"),
    ('r', "0,.5 0,1|~0,.7 .14,.52 .3,.54"),
    ('s', "~.28,.55 .12,.48 .03,.6 .2,.75 .28,.9 .14,1 0,.93"),
    ('t', "~.12,.15 .1,.85 .2,1 .32,.93|0,.45 .28,.43"),
    ('u', "~0,.5 .02,.9 .17,1 .33,.8|~.34,.5 .34,.9 .45,.98"),
    ('v', "0,.5 .16,1 .34,.48"),
    ('w', "0,.5 .12,1 .25,.6 .38,1 .52,.48"),
    ('x', "0,.5 .34,1|.34,.5 0,1"),
    (
        'y',
        "~0,.5 .04,.85 .2,.9 .34,.7|~.36,.5 .34,1.1 .2,1.32 .02,1.22",
    ),
    ('z', "0,.52 .34,.5 0,1 .36,.98"),
    (
        '€',
        "~.55,.12 .3,.02 .1,.4 .15,.85 .35,1 .56,.88|-.04,.42 .42,.4|-.04,.6 .38,.58",
    ),
    (
        '$',
        "~.42,.15 .2,.05 .02,.28 .25,.5 .42,.72 .22,.95 0,.85|.24,-.1 .2,1.1",
    ),
    (
        '£',
        "~.45,.15 .3,0 .15,.2 .2,.6 .12,.95 0,1 .25,.93 .5,.97|.04,.55 .36,.53",
    ),
    (
        '#',
        ".2,.08 .1,.96|.46,.05 .36,.93|0,.36 .6,.33|-.02,.68 .56,.65",
    ),
    ('\'', "~.06,-.02 .05,.1 0,.22"),
    ('*', ".25,.3 .2,.75|.02,.4 .42,.66|.42,.38 .04,.68"),
    ('(', "~.2,-.05 .02,.5 .2,1.08"),
    (')', "~0,-.05 .18,.5 0,1.08"),
    ('?', "~0,.2 .15,0 .36,.15 .2,.45 .17,.68|.17,.95 .18,.97"),
    ('&', "~.5,.98 .08,.25 .22,0 .34,.2 .02,.75 .2,1 .5,.6"),
];

/// A stroke as it stands in the table.
struct Shape {
    bends: bool,
    points: Vec<Point>,
}

/// The table, read once.
fn shapes() -> &'static BTreeMap<char, Vec<Shape>> {
    static TABLE: OnceLock<BTreeMap<char, Vec<Shape>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let stroke = |text: &str| Shape {
            bends: text.starts_with('~'),
            points: text
                .trim_start_matches('~')
                .split(' ')
                .filter_map(|pair| {
                    let (x, y) = pair.split_once(',')?;
                    Some([x.parse().ok()?, y.parse().ok()?])
                })
                .collect(),
        };
        let glyph =
            |&(letter, text): &(char, &str)| (letter, text.split('|').map(stroke).collect());
        SHAPES.iter().map(glyph).collect()
    })
}

/// The strokes of a letter; a point for `.`, nothing for what has no shape.
pub(crate) fn letter(letter: char, pen: &mut Pen<'_>) -> Vec<Path> {
    if letter == '.' {
        let y = pen.between(0.93, 1.0);
        return vec![straight(&[[0.0, y], [pen.between(0.0, 0.03), y + 0.01]])];
    }
    let Some(strokes) = shapes().get(&letter) else {
        return Vec::new();
    };
    let wide = pen.between(0.75, 1.25);
    let draw = |stroke: &Shape| {
        let mut points = stroke.points.clone();
        for [x, y] in &mut points {
            *x = *x * wide + pen.between(-0.035, 0.035);
            *y += pen.between(-0.035, 0.035);
        }
        if stroke.bends {
            smooth(&points)
        } else {
            straight(&points)
        }
    };
    strokes.iter().map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Chance;
    use shuzi_data::rng::RngStream;

    #[test]
    fn every_letter_of_the_table_has_its_strokes_whole() {
        let mut chance = Chance::new(1, RngStream::TextLine, 0);
        for (name, text) in SHAPES {
            let read = &shapes()[name];
            let points: usize = read.iter().map(|stroke| stroke.points.len()).sum();
            assert_eq!(points, text.split([' ', '|']).count(), "{name}");
            assert!(read.iter().all(|stroke| stroke.points.len() >= 2), "{name}");
            let drawn = letter(*name, &mut Pen::new(3, 0.1, &mut chance));
            assert_eq!(drawn.len(), read.len());
        }
        assert!(letter('ß', &mut Pen::new(3, 0.1, &mut chance)).is_empty());
    }
}
