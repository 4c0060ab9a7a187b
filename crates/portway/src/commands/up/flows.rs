//! Who of the peers talks to whom: counted by the data path, written into the grid by a task of its own.

use std::time::Duration;

use portway_gateway::{
    FlowExport, FlowIntervals,
    fleet::{FlowLog, GatewayId},
    flow_export,
};
use portway_ignite::Client;
use tokio::task::JoinHandle;

use super::FlowArguments;
use crate::{arguments::TimeSpan, output::remark};

/// How soon the table is opened again when the grid was away.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// What the end of a gateway waits for its last interval at most.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Both ends of the way out, unless nobody wants to know.
pub(super) fn export(arguments: &FlowArguments) -> Option<(FlowExport, FlowIntervals)> {
    (!arguments.no_flows).then(|| flow_export(arguments.flow_interval.0))
}

/// Writes down what is counted. The gateway serves whether the grid takes it or not.
pub(super) fn write(
    client: Client,
    retention: Duration,
    gateway: GatewayId,
    intervals: FlowIntervals,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let log = open(&client, retention).await;
        log.write(gateway, intervals).await;
    })
}

/// Lets the last interval be written, where the grid takes it at once.
pub(super) async fn finish(mut writer: JoinHandle<()>) {
    // A panic in it was reported already.
    if tokio::time::timeout(LAST_WORDS, &mut writer).await.is_err() {
        writer.abort();
    }
}

async fn open(client: &Client, retention: Duration) -> FlowLog {
    loop {
        match FlowLog::open(client, retention).await {
            Ok((log, kept)) => {
                warn_of_other_retention(retention, kept);
                return log;
            }
            Err(error) => tracing::warn!(%error, "the table of conversations cannot be opened yet"),
        }
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
}

fn warn_of_other_retention(asked: Duration, kept: Option<Duration>) {
    if kept == Some(asked) {
        return;
    }
    let kept = kept.map_or_else(
        || "for ever".to_owned(),
        |kept| format!("for {}", TimeSpan(kept)),
    );
    remark(&format!(
        "warning: the grid keeps conversations {kept}, as its table FLOW was made; destroy that cache for \
         --flow-retention {} to count",
        TimeSpan(asked)
    ));
}
