//! `shuzi train`: weights from data.

mod report;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, bail};
use serde::Serialize;
use shuzi_classical::Method;
use shuzi_data::{
    ClassScheme, Dataset,
    mnist::{Part, Store},
};
use shuzi_models::{ABLATION, Model, ModelConfig};
use shuzi_nn::Kernels;
use shuzi_reader::labelled::{LabelledLines, LinesError};
use shuzi_train::{
    BaselineRun, Data, EpochRecord, Finish, FitRecord, Outcome as RunOutcome, Protocol, Recipe,
    RunConfig, Teacher, Trainer, Validation,
};

use self::report::Reporter;
use crate::{
    commands::datasets,
    context::Context,
    format::Format,
    outcome::Outcome,
    output::{self, percent},
    progress::Progress,
};

/// Train a network
///
/// A run has a folder of its own, which always holds the model and the history
/// of the last finished epoch. Ctrl-C stops it; `--resume` takes it up again,
/// also after a crash, and ends in the same bits as a run that was never
/// stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Args {
    /// What to train: a network's or method's name (see below), a config.json, or
    /// the directory of a run or model whose network is meant
    #[arg(
        value_name = "MODEL",
        required_unless_present = "resume",
        conflicts_with = "resume"
    )]
    model: Option<String>,
    /// How to train it
    ///
    /// `holdout` keeps training images aside to steer the run and distorts the
    /// others; `best` trains on all images by a schedule settled beforehand and
    /// reads the test set once, at the end; `fast` is the same in few epochs;
    /// `crops` is for the reader's network, on what `shuzi dev crops` makes,
    /// `lines` on what `shuzi dev lines` makes, too, and `pairs` for its network for two
    /// digits, on what `shuzi dev crops --bigrams` makes;
    /// `paper` is the paper's protocol, which selects on the test set;
    /// `ablation` is short and always the same, to compare networks. Classical
    /// methods take the protocol alone. A .json file is a recipe of your own, in the
    /// form of the `recipe` in a run's run.json, with a name of its own.
    #[arg(
        long,
        value_name = "NAME|FILE",
        default_value = "holdout",
        conflicts_with = "resume"
    )]
    recipe: String,
    /// Decides start weights, dropout, order, distortions and what is held out
    #[arg(long, value_name = "S", default_value_t = 1, conflicts_with = "resume")]
    seed: u64,
    /// Most epochs [default: the recipe's, or with --resume the run's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Training images to keep aside [default: 5000 of recipe `holdout`]
    ///
    /// With `best` and `fast` the run is measured on them after each epoch and
    /// the test set is not read: the way to choose a recipe.
    #[arg(long, value_name = "N", conflicts_with = "resume", value_parser = clap::value_parser!(u32).range(1..))]
    holdout: Option<u32>,
    /// Start from the weights of this model, which has the same network
    ///
    /// A shipped model or the directory of a run: to teach it more, say with data of
    /// your own.
    #[arg(long, value_name = "MODEL", conflicts_with = "resume")]
    from: Option<String>,
    /// Learn from these networks, too, apart by commas: from what they say of an image
    /// together beside its label (distillation)
    ///
    /// They count so far as they give the label its probability. Shipped models or
    /// directories of runs, with the same classes. With --resume, those that the run was
    /// started with.
    #[arg(long, value_name = "MODEL,…", value_delimiter = ',')]
    teacher: Vec<String>,
    /// Share of a target that is what teachers say, 0 to 1 [default: the recipe's, or 0.8]
    #[arg(
        long,
        value_name = "SHARE",
        requires = "teacher",
        conflicts_with = "resume"
    )]
    teacher_share: Option<f32>,
    /// Highest learning rate [default: the recipe's]
    #[arg(long, value_name = "RATE", conflicts_with = "resume")]
    learning_rate: Option<f32>,
    /// Compute with the loops of the definition, to check the fast ones
    ///
    /// The result is the same but for rounding; it takes some ten times as long.
    #[arg(long, conflicts_with = "resume")]
    naive_kernels: bool,
    /// Folder of the run [default: runs/MODEL-RECIPE-SEED]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Go on with the run in this folder
    #[arg(long, value_name = "DIR")]
    resume: Option<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
}

fn after_help() -> String {
    let list = |names: &mut dyn Iterator<Item = &'static str>| names.collect::<Vec<_>>().join(", ");
    format!(
        "\
Networks: {}
Classical methods: {}
Steps from AlexNet to the paper's network: {}

Examples:
  shuzi train improved-alexnet                    recipe holdout, seed 1
  shuzi train improved-alexnet --recipe best      the most accurate
  shuzi train lenet5 --recipe paper --seed 7      the paper's protocol
  shuzi train --resume runs/lenet5-paper-7        go on with a run
  shuzi train reader --from reader --recipe crops --learning-rate 5e-4
                                                  teach a trained network more
  shuzi train lenet5 --teacher improved-alexnet   learn from another network, too
  shuzi train my/config.json                      a network of your own
(`shuzi export lenet5 --to config --out my` writes one to start from)",
        list(&mut shuzi_models::names()),
        list(&mut shuzi_classical::names()),
        list(&mut ABLATION.iter().map(|step| step.name)),
    )
}

/// Data other than MNIST.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Data of your own (images: IDX, plain or gzip; all four files)")]
struct DataArgs {
    /// Images to train on; may be given several times
    #[arg(long, value_name = "FILE", requires_all = ["labels", "test_images", "test_labels"])]
    images: Vec<PathBuf>,
    /// Their labels
    #[arg(long, value_name = "FILE", requires = "images")]
    labels: Vec<PathBuf>,
    /// Images to measure on
    #[arg(long, value_name = "FILE", requires = "images")]
    test_images: Option<PathBuf>,
    /// Their labels
    #[arg(long, value_name = "FILE", requires = "images")]
    test_labels: Option<PathBuf>,
    /// Lines to train on beside the images, of `shuzi dev lines`, for recipe `lines`
    #[arg(long, value_name = "FILE", num_args = 1..)]
    lines: Vec<PathBuf>,
}

/// The JSON output.
#[derive(Debug, Serialize)]
struct Record<'a> {
    directory: &'a Path,
    outcome: &'static str,
    epochs: &'a [EpochRecord],
}

/// The JSON output for a classical method.
#[derive(Debug, Serialize)]
struct FitOutput<'a> {
    directory: &'a Path,
    fit: &'a FitRecord,
}

pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<Outcome> {
    let method = args.model.as_deref().map(Method::find).transpose()?;
    let method = method.flatten();
    let scheme = match method {
        Some(_) => ClassScheme::Digits,
        None => args.scheme()?,
    };
    let data = Data {
        teachers: args.teachers()?,
        ..args.data.load(scheme)?
    };
    if let Some(method) = method {
        return fit(method, args, context, &data);
    }
    let (directory, mut trainer) = match &args.resume {
        Some(directory) => {
            let mut trainer = Trainer::resume(directory, &data, context.threads.clone())
                .with_context(|| format!("can't resume {}", directory.display()))?;
            if let Some(epochs) = args.epochs {
                trainer.set_epochs(epochs as usize)?;
            }
            (directory.clone(), trainer)
        }
        None => start(args, context, &data)?,
    };
    let stop = stop_on_signal()?;
    let mut reporter = Reporter::new(&directory, trainer.config(), trainer.history());
    let outcome = trainer.run(&mut reporter, &stop);
    drop(reporter);
    let resume = args.to_resume(&directory);
    let outcome = outcome.with_context(|| format!("what is finished is kept; `{resume}`"))?;
    let (word, text) = match outcome {
        RunOutcome::Finished(Finish::Epochs) => ("finished", "all epochs done".to_owned()),
        RunOutcome::Finished(Finish::Plateau) => (
            "plateau",
            "stopped: the validation loss has not fallen for long".to_owned(),
        ),
        RunOutcome::Stopped { epochs } => (
            "stopped",
            format!("stopped after {epochs} finished epochs; go on with `{resume}`"),
        ),
    };
    match context.format {
        Format::Text => {
            output::line(text)?;
            output::line(format_args!("{}", directory.display()))?;
        }
        Format::Json => output::json(&Record {
            directory: &directory,
            outcome: word,
            epochs: trainer.history(),
        })?,
    }
    Ok(match outcome {
        RunOutcome::Finished(_) => Outcome::Done,
        RunOutcome::Stopped { .. } => Outcome::Partly,
    })
}

/// A classical method, which has no epochs.
fn fit(method: Method, args: &Args, context: &Context, data: &Data) -> anyhow::Result<Outcome> {
    let of_networks = args.epochs.is_some() || args.from.is_some() || args.learning_rate.is_some();
    let beside = data.lines.is_some() || !data.teachers.is_empty();
    if of_networks || args.naive_kernels || beside {
        bail!(
            "{} is fitted in one go: it has no epochs, no rate, no start weights, no kernels, no lines and no teachers",
            method.name()
        );
    }
    let recipe = args.recipe()?;
    let directory = args.directory(method.name(), &recipe);
    let run = BaselineRun::new(method, recipe.name, recipe.protocol, args.seed, data);
    output::note(format_args!(
        "{}, recipe {}, seed {}, in {}",
        method.name(),
        run.recipe,
        run.seed,
        directory.display()
    ));
    let mut bar: Option<Progress> = None;
    let record = run
        .fit(&directory, data, &context.threads, &mut |done, total| {
            let bar = bar.get_or_insert_with(|| Progress::new(total, "pairs of classes"));
            bar.set(done, "");
        })
        .with_context(|| format!("can't make a run in {}", directory.display()))?;
    drop(bar);
    match context.format {
        Format::Text => {
            let Validation {
                on,
                images,
                loss,
                accuracy,
                ..
            } = &record.validation;
            output::line(format_args!(
                "{} images in {:.1} s; {images} images ({on}): loss {loss:.4}, accuracy {}",
                record.images,
                record.seconds,
                percent(*accuracy)
            ))?;
            output::line(directory.display())?;
        }
        Format::Json => output::json(&FitOutput {
            directory: &directory,
            fit: &record,
        })?,
    }
    Ok(Outcome::Done)
}

/// A new run.
fn start(args: &Args, context: &Context, data: &Data) -> anyhow::Result<(PathBuf, Trainer)> {
    let name = args.model.as_deref().unwrap_or_default();
    let architecture = ModelConfig::load(name)?.architecture;
    let recipe = args.recipe()?;
    let directory = args.directory(&architecture.name, &recipe);
    let mut config = RunConfig::new(architecture, recipe, args.seed, data);
    if args.naive_kernels {
        config.kernels = Kernels::Naive;
    }
    let threads = context.threads.clone();
    let trainer = match &args.from {
        Some(from) => {
            let weights = Model::load(from)?.weights;
            Trainer::start_from(&directory, config, (from, &weights), data, threads)
        }
        None => Trainer::start(&directory, config, data, threads),
    };
    let trainer =
        trainer.with_context(|| format!("can't start a run in {}", directory.display()))?;
    Ok((directory, trainer))
}

impl Args {
    /// What labels in files stand for: what the network tells apart.
    fn scheme(&self) -> anyhow::Result<ClassScheme> {
        let architecture = match (&self.resume, &self.model) {
            (Some(directory), _) => {
                RunConfig::read(directory)
                    .with_context(|| format!("can't resume {}", directory.display()))?
                    .architecture
            }
            (None, model) => ModelConfig::load(model.as_deref().unwrap_or_default())?.architecture,
        };
        let classes = architecture.output().map_or(0, |output| output.channels);
        Ok(ClassScheme::of_classes(classes).unwrap_or_default())
    }

    /// The recipe with what was asked to be otherwise.
    fn recipe(&self) -> anyhow::Result<Recipe> {
        let mut recipe = Recipe::load(&self.recipe)?;
        if let Some(epochs) = self.epochs {
            recipe.epochs = epochs as usize;
        }
        if let Some(rate) = self.learning_rate {
            recipe.learning_rate = rate;
        }
        if !self.teacher.is_empty() {
            let distillation = recipe.distillation.get_or_insert_default();
            distillation.share = self.teacher_share.unwrap_or(distillation.share);
        }
        Ok(match self.holdout {
            Some(n) if recipe.protocol != Protocol::SelectedOnTest => {
                recipe.holding_out(n as usize)
            }
            _ => recipe,
        })
    }

    /// The networks to learn from.
    fn teachers(&self) -> anyhow::Result<Arc<[Teacher]>> {
        let teacher = |name: &String| {
            let model = Model::load(name)?;
            let name = name.clone();
            Ok(Teacher { name, model })
        };
        self.teacher.iter().map(teacher).collect()
    }

    /// The command that goes on with the run in `directory`, on the same data.
    fn to_resume(&self, directory: &Path) -> String {
        let DataArgs {
            images,
            labels,
            test_images,
            test_labels,
            lines,
        } = &self.data;
        let mut words = vec![format!("shuzi train --resume {}", directory.display())];
        for (images, labels) in images.iter().zip(labels) {
            words.push(format!("--images {}", images.display()));
            words.push(format!("--labels {}", labels.display()));
        }
        if let (Some(images), Some(labels)) = (test_images, test_labels) {
            words.push(format!("--test-images {}", images.display()));
            words.push(format!("--test-labels {}", labels.display()));
        }
        words.extend(
            lines
                .iter()
                .map(|lines| format!("--lines {}", lines.display())),
        );
        if !self.teacher.is_empty() {
            words.push(format!("--teacher {}", self.teacher.join(",")));
        }
        words.join(" ")
    }

    /// Where the run of `name` goes.
    fn directory(&self, name: &str, recipe: &Recipe) -> PathBuf {
        self.out.clone().unwrap_or_else(|| {
            Path::new("runs").join(format!("{name}-{}-{}", recipe.name, self.seed))
        })
    }
}

impl DataArgs {
    /// The data that was named, or MNIST.
    fn load(&self, scheme: ClassScheme) -> anyhow::Result<Data> {
        let mut sets = datasets::read(&self.images, &self.labels, scheme)?.into_iter();
        let named = (sets.next(), &self.test_images, &self.test_labels);
        let (train, test) = match named {
            (Some(train), Some(images), Some(labels)) => (
                train.join(sets.as_slice())?,
                Dataset::read(images, labels, scheme)?,
            ),
            _ => {
                let store = Store::from_environment()?;
                (store.load(Part::Train)?, store.load(Part::Test)?)
            }
        };
        Ok(Data {
            train: Arc::new(train),
            test: Arc::new(test),
            lines: self.read_lines()?.map(Arc::new),
            teachers: Arc::default(),
        })
    }

    /// The lines of all files that were named, if any was.
    fn read_lines(&self) -> Result<Option<LabelledLines>, LinesError> {
        let mut lines = LabelledLines::default();
        self.lines.iter().try_for_each(|path| lines.read(path))?;
        Ok((!self.lines.is_empty()).then_some(lines))
    }
}

/// A flag that Ctrl-C sets; a second Ctrl-C ends the program at once.
fn stop_on_signal() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
        output::note("stopping; once more to stop at once");
    })
    .context("can't listen for Ctrl-C")?;
    Ok(stop)
}
