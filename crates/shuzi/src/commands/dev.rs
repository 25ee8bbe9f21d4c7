//! `shuzi dev`: what only the makers of shuzi use.

mod ablate;
mod crops;
mod fit_combination;
mod fit_segment_model;
mod lines;
mod pages;
mod strings;
mod train_line;
mod writers;

use clap::Subcommand;
use shuzi_data::mnist::Store;

use crate::{context::Context, outcome::Outcome};

/// Make what a reader is trained and measured on, and fit it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make pictures of whole numbers from MNIST's test digits, or of none, to
    /// measure a reader with `shuzi eval --strings`
    Strings(strings::Args),
    /// Make what the reader's network is trained on: crops of made handwriting,
    /// cut as the reader cuts, right and wrong
    Crops(crops::Args),
    /// Make what the reader's network is trained on in whole numbers: all that may be
    /// a digit on lines of made handwriting, and the digits that are
    Lines(lines::Args),
    /// Weigh sizes, places and cuts against a reader's network on made
    /// handwriting: prints the weights that the reader holds
    FitSegmentModel(fit_segment_model::Args),
    /// Make pages of numbers with signs, words, strikes and print, by a set of digits
    Pages(pages::Args),
    /// Weigh the lattice and the network for whole lines against each other on labelled
    /// pictures of one line: prints the weights that the reader holds
    FitCombination(fit_combination::Args),
    /// Read labelled pictures without each of the optional rules: what it is worth
    Ablate(ablate::Args),
    /// Train the network that reads whole lines, on made lines
    TrainLine(train_line::Args),
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let store = Store::from_environment()?;
    match &args.action {
        Action::Strings(args) => strings::run(args, &store, context),
        Action::Crops(args) => crops::run(args, &store, context),
        Action::Pages(args) => pages::run(args, context),
        Action::FitCombination(args) => fit_combination::run(args, context),
        Action::Ablate(args) => ablate::run(args, context),
        Action::Lines(args) => lines::run(args, &store, context),
        Action::TrainLine(args) => train_line::run(args, &store, context),
        Action::FitSegmentModel(args) => fit_segment_model::run(args, &store, context),
    }
}
