//! What a command prints.

use clap::ValueEnum;

/// What goes to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text for people
    #[default]
    Text,
    /// One JSON value and nothing else
    Json,
}

/// What `--format` names: commands that write rows know two formats more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// Text for people
    #[default]
    Text,
    /// One JSON value and nothing else
    Json,
    /// A JSON value a row: `forms read` alone
    Jsonl,
    /// A line of a table a row: `forms read` alone
    Csv,
}

impl FormatArg {
    /// What commands print that write no rows.
    pub(crate) fn plain(self) -> Format {
        match self {
            Self::Json | Self::Jsonl => Format::Json,
            Self::Text | Self::Csv => Format::Text,
        }
    }

    /// Whether only commands that write rows know it.
    pub(crate) fn is_of_rows(self) -> bool {
        matches!(self, Self::Jsonl | Self::Csv)
    }
}
