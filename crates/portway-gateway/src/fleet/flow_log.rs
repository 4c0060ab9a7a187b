//! The log of conversations: gateways stream what they counted into `FLOW`, commands read it by SQL, and the grid forgets
//! it in time.

use std::time::{Duration, SystemTime};

use portway_ignite::{
    Cache, CacheConfiguration, Client, ExpiryDuration, ExpiryPolicy, FromRow, SqlQuery,
    StreamerOptions,
};

use super::{
    FleetError, GatewayId,
    flow_row::{EntryColumns, FlowEntry, FlowRow, FlowRowKey, FlowSum, SumColumns, row_of},
    tables::{self, FLOW},
};
use crate::{FlowCounters, FlowInterval, FlowIntervals, PublicKey};

const COLUMNS: &str = "gateway, peer, protocol, address, port, remote_address, remote_port, received_packets, \
    received_bytes, sent_packets, sent_bytes, first_seen, last_seen";
const SUMS: &str = "CAST(SUM(received_packets) AS BIGINT) AS received_packets, CAST(SUM(received_bytes) AS BIGINT) \
    AS received_bytes, CAST(SUM(sent_packets) AS BIGINT) AS sent_packets, CAST(SUM(sent_bytes) AS BIGINT) AS sent_bytes";

/// Rows that the table may have before a gateway adds no more: some 300 MB in an embedded grid.
const MOST_ROWS: u64 = 500_000;

/// The table of conversations in a grid.
#[derive(Clone, Debug)]
pub struct FlowLog {
    client: Client,
    table: Cache<FlowRowKey, FlowRow>,
}

/// Which conversations are asked for.
#[derive(Clone, Debug)]
pub struct FlowFilter {
    /// Those that were seen since then.
    pub since: SystemTime,
    /// Those of this peer; of all where there is none.
    pub peer: Option<PublicKey>,
    /// The most that are wanted.
    pub limit: u32,
}

impl FlowLog {
    /// Opens the table, making it where the grid has none; it then forgets a row after `retention`. Tells after which
    /// time it really does: who made the table said so, and Ignite cannot be told anew.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away or refuses.
    pub async fn open(
        client: &Client,
        retention: Duration,
    ) -> Result<(Self, Option<Duration>), FleetError> {
        let table = client.get_or_create_cache(configuration(retention)).await?;
        // A grid in memory has lost it when all its nodes were restarted.
        let table = table.or_create_as(configuration(retention));
        let kept = client.cache_configuration(FLOW).await?.expiry;
        let kept = kept.and_then(|policy| match policy.create {
            ExpiryDuration::Milliseconds(time) => Some(Duration::from_millis(time)),
            _ => None,
        });
        let client = client.clone();
        Ok((Self { client, table }, kept))
    }

    /// The table, where the grid has one.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away or refuses.
    pub async fn find(client: &Client) -> Result<Option<Self>, FleetError> {
        let names = client.cache_names().await?;
        Ok(names.iter().any(|name| name == FLOW).then(|| Self {
            client: client.clone(),
            table: client.cache(FLOW),
        }))
    }

    /// Writes what the data path counts, until it ends. What the grid does not take, or what would make the table longer
    /// than half a million rows, is counted and forgotten: the next interval is on its way.
    pub async fn write(self, gateway: GatewayId, mut intervals: FlowIntervals) {
        let counters = intervals.counters();
        while let Some(interval) = intervals.next().await {
            self.write_interval(&gateway, interval, &counters).await;
        }
    }

    async fn write_interval(
        &self,
        gateway: &GatewayId,
        interval: FlowInterval,
        counters: &FlowCounters,
    ) {
        let (began, all) = (interval.began(), interval.len());
        if !self.has_room().await {
            return counters.count_not_written(all);
        }
        let streamer = self
            .table
            .streamer(StreamerOptions::new().allow_overwrite(true));
        let mut lost = 0;
        for record in interval.into_records() {
            let (key, row) = row_of(&record, gateway, began);
            if let Err(error) = streamer.add(&key, &row).await {
                // The row at hand was not taken either.
                lost += error.lost() + 1;
                tracing::debug!(%error, "conversations are not written");
            }
        }
        if let Err(error) = streamer.close().await {
            lost += error.lost();
            tracing::debug!(%error, "conversations are not written");
        }
        counters.count_not_written(lost);
        counters.count_written(all.saturating_sub(lost));
    }

    /// Whether the table is short enough, as far as the grid tells.
    async fn has_room(&self) -> bool {
        match self.table.size().await {
            Ok(rows) if rows >= MOST_ROWS => {
                tracing::warn!(
                    rows,
                    "the table of conversations is full; shorten --flow-retention"
                );
                false
            }
            // Where it does not answer, writing will tell why.
            _ => true,
        }
    }

    /// Reads conversations, those that were seen last first.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away or refuses.
    pub async fn recent(&self, filter: &FlowFilter) -> Result<Vec<FlowEntry>, FleetError> {
        let of_peer = of_peer(filter);
        let sql = format!(
            "SELECT {COLUMNS} FROM PORTWAY.FLOW WHERE last_seen >= ?{of_peer} ORDER BY last_seen DESC LIMIT ?"
        );
        let rows = self.rows::<EntryColumns>(&sql, filter).await?;
        Ok(rows.into_iter().filter_map(EntryColumns::typed).collect())
    }

    /// Sums up conversations by peer and service, those with the most bytes first.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away or refuses.
    pub async fn top(&self, filter: &FlowFilter) -> Result<Vec<FlowSum>, FleetError> {
        let of_peer = of_peer(filter);
        let sql = format!(
            "SELECT peer, protocol, remote_address, service_port, {SUMS} FROM \
             (SELECT peer, protocol, remote_address, CASE WHEN port < remote_port THEN port ELSE remote_port END AS \
             service_port, received_packets, received_bytes, sent_packets, sent_bytes FROM PORTWAY.FLOW \
             WHERE last_seen >= ?{of_peer}) AS conversation GROUP BY peer, protocol, remote_address, service_port \
             ORDER BY SUM(received_bytes + sent_bytes) DESC LIMIT ?"
        );
        let rows = self.rows::<SumColumns>(&sql, filter).await?;
        Ok(rows.into_iter().filter_map(SumColumns::typed).collect())
    }

    async fn rows<R: FromRow>(&self, sql: &str, filter: &FlowFilter) -> Result<Vec<R>, FleetError> {
        let peer = filter.peer.map(|peer| peer.to_base64());
        let limit = i64::from(filter.limit);
        let mut query = SqlQuery::new(sql).argument(&filter.since);
        if let Some(peer) = &peer {
            query = query.argument(peer);
        }
        let rows = self.client.sql(query.argument(&limit)).await?;
        Ok(rows.collect_as().await?)
    }
}

const fn of_peer(filter: &FlowFilter) -> &'static str {
    if filter.peer.is_some() {
        " AND peer = ?"
    } else {
        ""
    }
}

fn configuration(retention: Duration) -> CacheConfiguration {
    let milliseconds = u64::try_from(retention.as_millis()).unwrap_or(u64::MAX);
    let mut configuration = tables::flow();
    configuration.expiry = Some(ExpiryPolicy {
        create: ExpiryDuration::Milliseconds(milliseconds),
        ..ExpiryPolicy::default()
    });
    configuration
}
