//! `portway client FILE --ping ADDR`.

use std::{net::IpAddr, time::Duration};

use portway_gateway::PingReply;
use serde_json::json;

use super::{ClientArguments, session::Session, tunnel::Tunnel};
use crate::{
    failure::{Advise as _, Advised},
    output,
    shutdown::Shutdown,
};

/// Pings and tells of each reply.
///
/// # Errors
///
/// Fails when there is no reply at all.
pub(super) async fn run(
    tunnel: Tunnel,
    destination: IpAddr,
    arguments: &ClientArguments,
) -> anyhow::Result<()> {
    let mut shutdown = Shutdown::listen()?;
    let session = Session::start(tunnel, Vec::new()).await?;
    let timeout = Duration::from_secs(arguments.timeout.into());
    let mut replies = session
        .stack
        .ping(destination, arguments.count, timeout)
        .advise(
            format_args!("cannot ping {destination}"),
            "look at Address in the file",
        )?;
    let mut round_trips = Vec::with_capacity(arguments.count.into());
    loop {
        let reply = tokio::select! {
            () = shutdown.requested() => break,
            reply = replies.recv() => reply,
        };
        let Some(reply) = reply else { break };
        tell_reply(destination, &reply, arguments.json())?;
        round_trips.push(reply.round_trip);
    }
    let has_handshake = session.has_handshake().await;
    session.end().await;
    tell_sum(&round_trips, arguments)?;
    if round_trips.is_empty() {
        Err(no_reply(destination, has_handshake).into())
    } else {
        Ok(())
    }
}

fn tell_reply(destination: IpAddr, reply: &PingReply, json: bool) -> anyhow::Result<()> {
    let sequence = reply.sequence + 1;
    let time = milliseconds(reply.round_trip);
    if json {
        return output::print_json(&json!({
            "event": "reply", "from": destination, "sequence": sequence, "milliseconds": time,
        }));
    }
    output::print_line(&format!(
        "reply from {destination}: sequence={sequence} time={time:.3} ms"
    ))
}

fn tell_sum(round_trips: &[Duration], arguments: &ClientArguments) -> anyhow::Result<()> {
    let (sent, received) = (arguments.count, round_trips.len());
    if arguments.json() {
        return output::print_json(&json!({
            "event": "end", "sent": sent, "received": received,
        }));
    }
    let mut text = format!("{sent} sent, {received} received");
    if let (Some(least), Some(most)) = (round_trips.iter().min(), round_trips.iter().max()) {
        let all: Duration = round_trips.iter().sum();
        let mean = milliseconds(all) / round_trips.len() as f64;
        let (least, most) = (milliseconds(*least), milliseconds(*most));
        text += &format!("; round trip {least:.3}/{mean:.3}/{most:.3} ms (least/mean/most)");
    }
    output::print_line(&text)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Says what a handshake, or none, tells about the reason.
fn no_reply(destination: IpAddr, has_handshake: bool) -> Advised {
    if has_handshake {
        Advised::failed(
            format_args!("the tunnel is up, but {destination} did not reply"),
            "the gateway answers at its own tunnel address (10.77.0.1 unless told otherwise); \
             other addresses may be firewalled or not there",
        )
    } else {
        Advised::failed(
            format_args!("no reply from {destination}: the gateway did not answer the handshake"),
            "is the Endpoint right and its UDP port open? A peer that was removed, disabled or \
             expired, and one with a wrong key, gets no answer either (`portway peer list`)",
        )
    }
}
