//! `cargo xtask check-all`: what a release must pass and `.ci/run` is too short for.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

/// Run every check that a release must pass
///
/// `.ci/run` is the first of them. All run, also where one fails; a tool that is not
/// installed is a failure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the checks of these names
    #[arg(value_name = "CHECK", value_parser = CHECKS.map(|check| check.name))]
    only: Vec<String>,
}

/// A program that must end well.
struct Check {
    name: &'static str,
    /// Program and arguments.
    command: &'static [&'static str],
    /// How its tool is asked whether it is there, and how one gets it.
    tool: Option<Tool>,
}

struct Tool {
    ask: &'static [&'static str],
    install: &'static str,
}

const CHECKS: [Check; 10] = [
    Check {
        name: "ci",
        command: &[".ci/run"],
        tool: None,
    },
    Check {
        name: "pages",
        command: &["cargo", "xtask", "pages"],
        tool: None,
    },
    Check {
        name: "book",
        command: &["mdbook", "build", "docs"],
        tool: Some(Tool {
            ask: &["mdbook", "--version"],
            install: "cargo install --locked mdbook",
        }),
    },
    Check {
        name: "packages",
        command: &["cargo", "package", "--workspace", "--locked"],
        tool: None,
    },
    Check {
        name: "features",
        command: &[
            "cargo",
            "hack",
            "check",
            "--each-feature",
            "--no-dev-deps",
            "--locked",
            "-p",
            "shuzi-nn",
            "-p",
            "shuzi-data",
            "-p",
            "shuzi-reader",
        ],
        tool: Some(Tool {
            ask: &["cargo", "hack", "--version"],
            install: "cargo install --locked cargo-hack",
        }),
    },
    Check {
        name: "licences",
        command: &["cargo", "deny", "check", "licenses", "bans", "sources"],
        tool: Some(Tool {
            ask: &["cargo", "deny", "--version"],
            install: "cargo install --locked cargo-deny",
        }),
    },
    Check {
        name: "browser",
        command: &["node", "browser/run.mjs"],
        tool: Some(Tool {
            ask: &[
                "node",
                "-e",
                "require('./browser/node_modules/playwright-core')",
            ],
            install: "Debian's chromium, and npm ci --prefix browser",
        }),
    },
    Check {
        name: "workflows",
        command: &[
            "check-jsonschema",
            "--builtin-schema",
            "vendor.github-workflows",
            ".github/workflows/ci.yml",
            ".github/workflows/nightly.yml",
            ".github/workflows/release.yml",
        ],
        tool: Some(Tool {
            ask: &["check-jsonschema", "--version"],
            install: "pip install check-jsonschema",
        }),
    },
    Check {
        name: "python",
        command: &["python/check"],
        tool: Some(PYTHON),
    },
    Check {
        name: "torch",
        command: &["python/check", "torch"],
        tool: Some(PYTHON),
    },
];

const PYTHON: Tool = Tool {
    ask: &["python3", "-m", "venv", "--help"],
    install: "Python 3.10 or later with its module venv",
};

pub(crate) fn run(args: &Args, root: &Path) -> anyhow::Result<()> {
    let wanted = |check: &&Check| args.only.is_empty() || args.only.iter().any(|n| n == check.name);
    let mut failed = Vec::new();
    for check in CHECKS.iter().filter(wanted) {
        eprintln!("\n== {}: {}", check.name, check.command.join(" "));
        if let Err(error) = check.run(root) {
            eprintln!("{}: {error:#}", check.name);
            failed.push(check.name);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

impl Check {
    fn run(&self, root: &Path) -> anyhow::Result<()> {
        if let Some(tool) = &self.tool {
            let mut ask = command(tool.ask, root)?;
            let there = ask.stdout(Stdio::null()).stderr(Stdio::null()).status();
            if !there.is_ok_and(|status| status.success()) {
                bail!("its tool is not installed: {}", tool.install);
            }
        }
        let status = command(self.command, root)?.status();
        let status = status.context("can't be started")?;
        if !status.success() {
            bail!("ended with {status}");
        }
        Ok(())
    }
}

/// A program in the project's folder.
fn command(words: &[&str], root: &Path) -> anyhow::Result<Command> {
    let (program, arguments) = words.split_first().context("an empty command")?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root);
    Ok(command)
}
