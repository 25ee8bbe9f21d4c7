//! Who is let in.

use std::{
    env::{self, VarError},
    fs,
    net::SocketAddr,
    path::PathBuf,
};

use anyhow::Context as _;
use clap::error::ErrorKind;
use shuzi_review::TokenHash;
use shuzi_server::Access;

/// The variable that has the token where no file does.
const VARIABLE: &str = "SHUZI_TOKEN";

/// The options that say who is let in.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Who is let in")]
pub(super) struct DoorArgs {
    /// The token that a client must send (Authorization: Bearer TOKEN) stands in this file
    ///
    /// Or in the variable SHUZI_TOKEN. On an address that other machines reach there must be one.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Listen on an address that other machines reach, though nobody is asked who they are
    #[arg(long, conflicts_with = "token_file")]
    insecure: bool,
    /// A name by which the server is called, beside localhost and addresses; may stand several times
    #[arg(long = "host", value_name = "NAME")]
    pub(super) hosts: Vec<String>,
}

impl DoorArgs {
    /// Who is let in at an address. Ends the program if others reach it and nothing says who.
    pub(super) fn access(
        &self,
        listen: SocketAddr,
        words: &mut clap::Command,
    ) -> anyhow::Result<Access> {
        if let Some(token) = self.token()? {
            return Ok(Access::Token(token));
        }
        if self.insecure {
            return Ok(Access::Anyone);
        }
        if !listen.ip().is_loopback() {
            let message = format!(
                "{listen} is reached from other machines: --token-file FILE or {VARIABLE} has a \
                 token that clients must send; --insecure if a proxy or the network keeps \
                 strangers out"
            );
            words.error(ErrorKind::ValueValidation, message).exit();
        }
        Ok(Access::Loopback)
    }

    fn token(&self) -> anyhow::Result<Option<TokenHash>> {
        if let Some(path) = &self.token_file {
            let text = fs::read_to_string(path).map_err(anyhow::Error::from);
            let token = text.and_then(|text| Ok(TokenHash::of(text.trim())?));
            return token
                .map(Some)
                .with_context(|| format!("can't use the token in {}", path.display()));
        }
        match env::var(VARIABLE) {
            Ok(token) => TokenHash::of(&token).map(Some).context(VARIABLE),
            Err(VarError::NotPresent) => Ok(None),
            Err(error) => Err(error).context(VARIABLE),
        }
    }
}
