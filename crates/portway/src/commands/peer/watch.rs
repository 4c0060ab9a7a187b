//! `portway peer watch`: what becomes of peers and sessions, as it happens.

use portway_control::v1::{WatchRequest, WatchedChange, watched_change::Change};
use portway_rpc::{MAXIMUM_TIMEOUT, Receiving, Request};
use serde_json::json;

use super::{
    WatchArguments,
    json::text_of,
    place::{self, explain},
};
use crate::{
    commands::event_json,
    output::{print_json, print_line},
    shutdown::Shutdown,
};

/// Prints changes until a signal ends it.
pub(super) async fn run(arguments: &WatchArguments) -> anyhow::Result<()> {
    let mut shutdown = Shutdown::listen()?;
    let control = place::open(&arguments.common).await?;
    let request = Request::new(WatchRequest::default()).timeout(MAXIMUM_TIMEOUT);
    let watched = control.watch(request).await;
    let watched = watched.map_err(explain("cannot watch the peers"))?;
    tokio::select! {
        () = shutdown.requested() => Ok(()),
        ended = follow(watched, arguments.common.json) => ended,
    }
}

async fn follow(mut watched: Receiving<WatchedChange>, is_json: bool) -> anyhow::Result<()> {
    let mut gateway = String::new();
    loop {
        let received = watched.receive().await;
        let received = received.map_err(explain(match gateway.as_str() {
            "" => "cannot watch the peers",
            _ => "the changes of peers are told no longer",
        }))?;
        let Some(WatchedChange { change }) = received else {
            return Ok(());
        };
        // A kind that a newer gateway knows is left out.
        let Some(change) = change else { continue };
        if let Change::Started(started) = &change {
            gateway.clone_from(&started.gateway);
        }
        match is_json {
            true => print_change_as_json(&change, &gateway)?,
            false => print_line(&text(&change))?,
        }
    }
}

/// The same objects as the events at NATS, and one in front.
fn print_change_as_json(change: &Change, gateway: &str) -> anyhow::Result<()> {
    match change {
        Change::Started(_) => print_json(&json!({"event": "ready", "gateway": gateway})),
        Change::Lost(lost) => print_json(&event_json::lost(lost.count, gateway).1),
        change => match event_json::event(change, gateway) {
            Some((_, event)) => print_json(&event),
            None => Ok(()),
        },
    }
}

fn text(change: &Change) -> String {
    let kind = event_json::kind(change).unwrap_or("unknown");
    match change {
        Change::Started(started) => format!("ready gateway={}", started.gateway),
        Change::Lost(lost) => format!("lost {} changes: list again", lost.count),
        Change::Peer(change) => {
            let at = text_of(change.at.as_ref()).unwrap_or_default();
            let peer = change.peer.clone().unwrap_or_default();
            format!("{at} {kind} {} {}", peer.name, peer.prefixes.join(", "))
        }
        Change::Session(change) => {
            let at = text_of(change.at.as_ref()).unwrap_or_default();
            let session = change.session.clone().unwrap_or_default();
            // A peer that `wg` gave to the interface has no name.
            let peer = match session.name.as_str() {
                "" => session.public_key.as_str(),
                name => name,
            };
            format!("{at} {kind} {peer} {}", session.endpoint)
        }
    }
}
