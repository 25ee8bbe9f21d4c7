//! Pictures to rows: all of it.

mod identify;
mod page;

use shuzi_nn::Classifier;
use shuzi_reader::{Picture, Reader};

pub use self::page::{PageReading, PlacedField};
use crate::{
    Template, TemplateError,
    cells::CellParams,
    decode::{DecodeParams, RuleParams},
    register::RegistrationParams,
    template::{ExpandedField, Marks, Wall, rule::Rule},
};

/// How forms are read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FormReaderConfig {
    /// How pages are found.
    pub registration: RegistrationParams,
    /// How boxes are looked at.
    pub cells: CellParams,
    /// How fields are decided.
    pub decode: DecodeParams,
    /// How rules are judged.
    pub rules: RuleParams,
}

/// A template with its fields laid out.
#[derive(Clone, Debug)]
pub struct Form {
    /// As it was given.
    pub template: Template,
    /// Its pages.
    pub pages: Vec<FormPage>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// A page with its fields laid out.
#[derive(Clone, Debug)]
pub struct FormPage {
    /// Its fields.
    pub fields: Vec<ExpandedField>,
    /// All walls of its boxes.
    pub walls: Vec<Wall>,
}

impl Form {
    /// Lays a template out.
    ///
    /// # Errors
    /// If it has errors.
    pub fn new(template: Template) -> Result<Self, TemplateError> {
        let errors: Vec<_> = template
            .lint(Default::default())?
            .into_iter()
            .map(|lint| lint.kind)
            .filter(crate::template::LintKind::is_error)
            .collect();
        if !errors.is_empty() {
            return Err(TemplateError::Lint(errors));
        }
        let page = |page: &crate::template::PageTemplate| {
            let fields = page.expanded()?;
            let walls = fields.iter().flat_map(|field| {
                field
                    .cells
                    .iter()
                    .flat_map(|cell| field.walls(cell))
                    .collect::<Vec<_>>()
            });
            let mut walls: Vec<Wall> = walls.collect();
            if let Marks::Lines { lattice } = &page.marks {
                for wall in &mut walls {
                    wall.width = wall.width.max(lattice.width);
                }
            }
            Ok(FormPage { fields, walls })
        };
        let pages: Result<Vec<FormPage>, TemplateError> = template.page.iter().map(page).collect();
        Ok(Self {
            pages: pages?,
            rules: template.parsed_rules()?,
            template,
        })
    }
}

/// What is said of a picture by hand, where its code does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The form's name.
    pub form: Option<String>,
    /// The page, from 1.
    pub page: Option<usize>,
}

/// Reads forms.
#[derive(Debug)]
pub struct FormReader {
    digits: Classifier,
    lines: Option<Reader>,
    forms: Vec<Form>,
    config: FormReaderConfig,
}

/// Why there is no reader of forms.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormReaderError {
    /// The network takes something else than crops of digits.
    #[error(
        "expected a network that takes 28×28 images and tells ten digits apart, got one that tells {0} classes apart"
    )]
    Network(usize),
    /// There is no template.
    #[error("expected a template at least")]
    NoForm,
    /// The network failed.
    #[error(transparent)]
    Run(#[from] shuzi_nn::Error),
}

impl FormReader {
    /// A reader that asks `digits` what each box shows, and `lines` what stands in fields
    /// without boxes.
    ///
    /// # Errors
    /// If the network is another, or there is no form.
    pub fn new(
        digits: Classifier,
        lines: Option<Reader>,
        forms: Vec<Form>,
        config: FormReaderConfig,
    ) -> Result<Self, FormReaderError> {
        let input = digits.input();
        let takes = (input.height, input.width, input.channels) == (28, 28, 1);
        if !takes || !(10..=11).contains(&digits.classes()) {
            return Err(FormReaderError::Network(digits.classes()));
        }
        if forms.is_empty() {
            return Err(FormReaderError::NoForm);
        }
        Ok(Self {
            digits,
            lines,
            forms,
            config,
        })
    }

    /// The forms that it knows.
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// How it reads.
    pub fn config(&self) -> &FormReaderConfig {
        &self.config
    }

    /// Reads one page off a picture.
    ///
    /// # Errors
    /// If the network fails, which it does not. A page that is not found says so in what is
    /// returned.
    pub fn read(&mut self, picture: &Picture, told: &Told) -> Result<PageReading, FormReaderError> {
        let found = identify::identify(picture, &self.forms, told, &self.config.registration);
        page::read(self, picture, found)
    }
}
