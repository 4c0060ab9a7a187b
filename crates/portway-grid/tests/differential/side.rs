//! One of the two servers with a connection for each client, and one that listens.

use portway_ignite_protocol::{
    AtomicityMode, CacheConfiguration, CacheHeader, CacheId, ContinuousQueryRequest,
    CreateCacheRequest, EntryEvent, QueryEntity, QueryField, Request,
};

use crate::wire::Wire;

/// Clients of each side.
pub(crate) const CLIENTS: usize = 3;

/// The caches of a round: the first takes part in transactions, the other does not.
pub(crate) struct Caches {
    pub(crate) names: [String; 2],
}

impl Caches {
    pub(crate) fn fresh() -> Self {
        let names = ["transactional", "atomic"]
            .map(|kind| format!("differential-{kind}-{}", uuid::Uuid::new_v4()));
        Self { names }
    }

    pub(crate) fn header(&self, place: usize) -> CacheHeader {
        CacheHeader::new(CacheId::of(&self.names[place]))
    }
}

/// A table whose columns are the key and the value, where both are numbers.
fn table() -> QueryEntity {
    let number = Some("java.lang.Integer".to_owned());
    let column = |name: &str, is_key| QueryField {
        is_key,
        ..QueryField::new(name, "java.lang.Integer")
    };
    QueryEntity {
        key_type: number.clone(),
        value_type: number,
        table: Some("T".to_owned()),
        key_field: Some("K".to_owned()),
        value_field: Some("V".to_owned()),
        fields: vec![column("K", true), column("V", false)],
        aliases: Vec::new(),
        indexes: Vec::new(),
    }
}

pub(crate) struct Side {
    pub(crate) clients: Vec<Wire>,
    pub(crate) listener: Wire,
}

impl Side {
    /// Makes the caches, with a table each if that is asked for.
    pub(crate) async fn connect(address: &str, caches: &Caches, with_tables: bool) -> Self {
        let mut listener = Wire::connect(address).await;
        let kinds = [AtomicityMode::Transactional, AtomicityMode::Atomic];
        for (name, atomicity) in caches.names.iter().zip(kinds) {
            let mut configuration = CacheConfiguration::new(name.clone());
            configuration.atomicity = atomicity;
            configuration.query_entities.extend(with_tables.then(table));
            let create = Request::CreateCache(CreateCacheRequest {
                configuration,
                as_sql: false,
            });
            listener.ask(&create).await.unwrap();
        }
        for place in 0..caches.names.len() {
            let listen = Request::ContinuousQuery(ContinuousQueryRequest {
                header: caches.header(place),
                page_size: 1,
                time_interval: 0,
                include_expired: true,
                filter: None,
            });
            listener.ask(&listen).await.unwrap();
        }
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(Wire::connect(address).await);
        }
        Self { clients, listener }
    }

    /// The events until now. What the server sent before it answers is there after the answer.
    pub(crate) async fn take_events(&mut self) -> Vec<EntryEvent> {
        self.listener.ask(&Request::CacheNames(())).await.unwrap();
        std::mem::take(&mut self.listener.events)
    }

    pub(crate) async fn destroy(&mut self, caches: &Caches) {
        for name in &caches.names {
            let destroy = Request::DestroyCache(CacheId::of(name));
            self.listener.ask(&destroy).await.unwrap();
        }
    }
}
