//! What people change of a peer that is there.

use std::time::SystemTime;

use super::{Fleet, FleetError, PeerRecord, UnixSeconds};

/// What to change of a peer; what is left out stays.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PeerEdit {
    /// Whether the gateways serve it.
    pub enabled: Option<bool>,
    /// Seconds between keepalives; 0 is off.
    pub keepalive: Option<u16>,
    /// From when on it is no longer served; `Some(None)` is never.
    pub expires: Option<Option<UnixSeconds>>,
}

/// Whether a peer is served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Service {
    /// The gateways serve it.
    Enabled,
    /// The gateways cut it off and remember it.
    Disabled,
}

impl PeerEdit {
    fn apply(self, record: &mut PeerRecord) {
        record.enabled = self.enabled.unwrap_or(record.enabled);
        record.keepalive = self.keepalive.unwrap_or(record.keepalive);
        record.expires = self.expires.unwrap_or(record.expires);
    }
}

impl Fleet {
    /// Enables or disables a peer, and tells what it is then.
    ///
    /// # Errors
    ///
    /// Fails when there is no such peer, its row is not believed, or the grid is away or refuses.
    pub async fn set_service(
        &self,
        selector: &str,
        service: Service,
        now: SystemTime,
    ) -> Result<PeerRecord, FleetError> {
        let edit = PeerEdit {
            enabled: Some(service == Service::Enabled),
            ..PeerEdit::default()
        };
        self.change(selector, edit, now).await
    }

    /// Changes settings of a peer, and tells what it is then.
    ///
    /// # Errors
    ///
    /// As [`set_service`](Self::set_service).
    pub async fn change(
        &self,
        selector: &str,
        edit: PeerEdit,
        now: SystemTime,
    ) -> Result<PeerRecord, FleetError> {
        let key = self.roster().await?.find(selector)?.public_key;
        let changed = self.update(key, now, |record| edit.apply(record));
        changed
            .await?
            .ok_or_else(|| FleetError::UnknownPeer(selector.to_owned()))
    }
}
