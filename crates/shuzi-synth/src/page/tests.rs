//! Pages as a whole.

use super::*;

fn pages() -> Pages {
    let params = PageParams {
        scale: 14.0..30.0,
        ..PageParams::default()
    };
    Pages::new(vec![Bank::numbers_ch().unwrap()], params)
}

#[test]
fn the_same_seed_gives_the_same_page() {
    let pages = pages();
    assert_eq!(pages.sample(3, 5), pages.sample(3, 5));
    assert_ne!(pages.sample(3, 5), pages.sample(4, 5));
}

#[test]
fn owners_part_the_ink_and_stay_in_their_boxes() {
    let pages = pages();
    for index in 0..40 {
        let page = pages.sample(1, index);
        assert_eq!(page.pixels.len(), 3 * page.width * page.height);
        let mut seen = vec![0usize; page.marks.len() + 1];
        for (at, own) in page.owner.iter().enumerate() {
            seen[usize::from(*own)] += 1;
            if let Some(own) = usize::from(*own).checked_sub(1) {
                let [l, t, r, b] = page.marks[own].bounds;
                let (x, y) = (at % page.width, at / page.width);
                assert!((l..r).contains(&x) && (t..b).contains(&y), "page {index}");
            }
        }
        assert!(
            seen.iter().skip(1).all(|n| *n > 0),
            "page {index}: {seen:?}"
        );
    }
}

#[test]
fn unstruck_signs_of_the_texts_are_marks_of_their_group() {
    let pages = pages();
    for index in 0..40 {
        let page = pages.sample(2, index);
        for (group, text) in page.texts.iter().enumerate() {
            let of = |symbol: Symbol| {
                let own = |mark: &&PageMark| {
                    mark.symbol == Some(symbol) && mark.group == Some(group as u16)
                };
                page.marks.iter().filter(own).count()
            };
            for digit in text.iter().filter(|symbol| symbol.digit().is_some()) {
                let wanted = text.iter().filter(|symbol| *symbol == digit).count();
                // A stamp or a strip may hide one whole.
                assert!(of(*digit) + 1 >= wanted, "page {index}: {text:?}");
            }
        }
    }
}

#[test]
fn tables_have_a_text_for_every_cell_in_its_column() {
    let params = PageParams {
        table: (1.0, [4, 3]),
        scale: 14.0..20.0,
        ..PageParams::default()
    };
    let pages = Pages::new(Vec::new(), params);
    for index in 0..30 {
        let page = pages.sample(6, index);
        let [rows, columns] = page.table.unwrap();
        assert!((2..=4).contains(&rows) && (1..=3).contains(&columns));
        assert_eq!(page.texts.len(), rows * columns);
        // A cell's digits lie left of those of the next in its row.
        let span = |group: usize| {
            let of = page
                .marks
                .iter()
                .filter(|mark| mark.group == Some(group as u16) && mark.role == Role::Digit);
            of.map(|mark| (mark.bounds[0], mark.bounds[2]))
                .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        };
        for group in 0..page.texts.len() - 1 {
            if (group + 1) % columns == 0 {
                continue;
            }
            if let (Some(left), Some(right)) = (span(group), span(group + 1)) {
                assert!(
                    left.0 < right.0 && left.1 < right.1,
                    "page {index}, {group}"
                );
            }
        }
    }
}

#[test]
fn every_role_that_a_page_can_have_occurs() {
    let pages = pages();
    let mut roles = std::collections::BTreeSet::new();
    for index in 0..400 {
        roles.extend(pages.sample(7, index).marks.iter().map(|mark| mark.role));
    }
    for role in [
        Role::Digit,
        Role::Sign,
        Role::Letter,
        Role::Strike,
        Role::Underline,
        Role::Ruling,
        Role::Wall,
        Role::Frame,
        Role::Ring,
        Role::Stamp,
        Role::Pattern,
        Role::Print,
        Role::Speck,
        Role::Strip,
    ] {
        assert!(roles.contains(&role), "{role:?} in {roles:?}");
    }
}
