//! `portway pub`, `sub`, `push` and `pull`: the patterns from the shell.

mod body;
mod inlet;
mod open;
mod outlet;
mod receive;
mod send;
mod served;
mod tally;
mod target;

pub(crate) use receive::{PullArguments, SubArguments, run_pull, run_sub};
pub(crate) use send::{PubArguments, PushArguments, run_pub, run_push};
pub(crate) use target::without_secret;
