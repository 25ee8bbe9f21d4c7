//! Which page of which form a picture shows, and where.

use shuzi_reader::Picture;

use super::{Form, Told};
use crate::{
    print::PageCode,
    register::{Registration, RegistrationParams},
};

/// What a picture shows.
pub(super) struct Identified {
    /// Index of the form and of its page.
    pub(super) page: Option<[usize; 2]>,
    /// The sheet's number.
    pub(super) serial: Option<u32>,
    /// Where it lies, or why it was not found.
    pub(super) registration: Result<Registration, String>,
}

/// Longest side of a picture that is searched for codes: a module of 0.75 mm then has three
/// pixels on A4.
const LONGEST: usize = 2000;

/// The codes on a picture.
fn codes(picture: &Picture) -> Vec<PageCode> {
    let longest = picture.width.max(picture.height);
    let step = longest.div_ceil(LONGEST).max(1);
    let (width, height) = (picture.width / step, picture.height / step);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        let mut sum = 0;
        for dy in 0..step {
            let row = (y * step + dy) * picture.width + x * step;
            sum += picture.pixels[row..row + step]
                .iter()
                .map(|p| usize::from(*p))
                .sum::<usize>();
        }
        (sum / (step * step)) as u8
    });
    let grids = prepared.detect_grids();
    let decoded = grids.iter().filter_map(|grid| grid.decode().ok());
    decoded.filter_map(|(_, text)| text.parse().ok()).collect()
}

/// Finds the page: by its code, by what was told, or else by trying them all.
pub(super) fn identify(
    picture: &Picture,
    forms: &[Form],
    told: &Told,
    params: &RegistrationParams,
) -> Identified {
    let coded = forms
        .iter()
        .flat_map(|form| &form.template.page)
        .any(|page| page.code);
    let mut codes = if coded { codes(picture) } else { Vec::new() };
    codes.sort();
    codes.dedup();
    let failed = |page, serial, why: String| Identified {
        page,
        serial,
        registration: Err(why),
    };
    if codes.len() > 1 {
        let names: Vec<String> = codes.iter().map(ToString::to_string).collect();
        return failed(
            None,
            None,
            format!("several pages on one picture: {}", names.join(", ")),
        );
    }
    let code = codes.pop();
    let serial = code.as_ref().and_then(|code| code.serial);
    let mut tried = Vec::new();
    for (form_index, form) in forms.iter().enumerate() {
        for page_index in 0..form.pages.len() {
            let (name, version) = (&form.template.form, form.template.version);
            let page = page_index + 1;
            let by_hand = told.form.as_ref().is_none_or(|form| form == name)
                && told.page.is_none_or(|told| told == page);
            let by_code = code.as_ref().is_none_or(|code| {
                (&code.form, code.version, code.page as usize) == (name, version, page)
            });
            if by_hand && by_code {
                tried.push([form_index, page_index]);
            }
        }
    }
    if tried.is_empty() {
        let why = match &code {
            Some(code) => format!("a page of another form: {code}"),
            None => "no form has such a page".to_owned(),
        };
        return failed(None, serial, why);
    }
    let only = (tried.len() == 1).then(|| tried[0]);
    let mut best: Option<([usize; 2], Registration)> = None;
    let mut failures = Vec::new();
    for [form, page] in tried {
        let (spec, fields) = (
            &forms[form].template.page[page],
            &forms[form].pages[page].fields,
        );
        match Registration::find(picture, spec, fields, params) {
            Ok(found) => {
                let better = best.as_ref().is_none_or(|(_, best)| {
                    let score = |r: &Registration| r.walls_seen * r.share() / (0.2 + r.residual);
                    score(&found) > score(best)
                });
                if better {
                    best = Some(([form, page], found));
                }
            }
            Err(failure) => {
                let name = &forms[form].template.form;
                failures.push(format!("{name} page {}: {failure}", page + 1));
            }
        }
    }
    match best {
        Some((page, registration)) => Identified {
            page: Some(page),
            serial,
            registration: Ok(registration),
        },
        None => failed(
            only,
            serial,
            format!("no page was found: {}", failures.join("; ")),
        ),
    }
}
