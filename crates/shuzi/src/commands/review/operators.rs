//! Who may review.

use std::{
    env, fs,
    io::{ErrorKind, Write},
    path::Path,
};

use anyhow::Context as _;
use shuzi_review::{Operators, TokenHash};

/// Random bytes of a new token.
const BYTES: usize = 24;

/// Who reviews alone, where the system names nobody.
const NOBODY: &str = "me";

/// The operators of a file.
pub(super) fn file(path: &Path) -> anyhow::Result<Operators> {
    let text = fs::read_to_string(path).map_err(anyhow::Error::from);
    text.and_then(|text| Ok(Operators::parse(&text)?))
        .with_context(|| format!("can't use the operators in {}", path.display()))
}

/// Adds an operator to a file, which is made if need be; the new token.
pub(super) fn add(path: &Path, name: &str) -> anyhow::Result<String> {
    let cannot = || format!("can't add an operator to {}", path.display());
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(cannot),
    };
    let token = new_token()?;
    let end = if before.is_empty() || before.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let line = format!(
        "{end}{}\n",
        Operators::line(name, &token).with_context(cannot)?
    );
    Operators::parse(&format!("{before}{line}")).with_context(cannot)?;
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| {
        file.write_all(line.as_bytes())?;
        file.sync_all()
    })
    .with_context(cannot)?;
    Ok(token)
}

/// One person, and a token that holds until the program ends.
pub(super) fn one() -> anyhow::Result<(Operators, String)> {
    let token = new_token()?;
    let hash = TokenHash::of(&token)?;
    let name = env::var("USER").unwrap_or_default();
    let operators = Operators::one(&name, hash).or_else(|_| Operators::one(NOBODY, hash))?;
    Ok((operators, token))
}

fn new_token() -> anyhow::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
