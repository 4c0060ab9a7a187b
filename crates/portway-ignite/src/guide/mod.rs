//! The guide: one chapter for each thing that one wants to do.
//!
//! | chapter | what for |
//! |---|---|
//! | [`getting_started`] | a grid, a client, a cache, the first entries |
//! | [`values`] | keys, values and their types: derive, serde, objects of run time, types that change |
//! | [`sql`] | statements, rows, batches, tables of caches, queries by an index |
//! | [`transactions`] | several operations as one |
//! | [`loading`] | filling a cache fast |
//! | [`following`] | being told of changes, and keeping a copy that stays true |
//! | [`servers`] | code that runs on the servers; the cluster; numbers and sets that all share |
//! | [`routing`] | which node is asked, what happens when it is lost, what order is promised |
//! | [`failures`] | time-outs, repetitions, and what to do with each error |
//! | [`security`] | TLS, users, passwords |
//! | [`observing`] | figures, events, spans |
//! | [`blocking_face`] | programs without a runtime |
//! | [`from_java`] | the calls of the Java thin client, and ours |
//! | [`clients`] | what this client can do beside those of other languages |
//!
//! Its code is compiled and run against the grid of `portway-grid`; what concerns SQL, transactions,
//! streams and code on the servers also against the Apache Ignite that the tests are given.

#[doc = include_str!("getting_started.md")]
pub mod getting_started {}

#[doc = include_str!("values.md")]
pub mod values {}

#[doc = include_str!("sql.md")]
pub mod sql {}

#[doc = include_str!("transactions.md")]
pub mod transactions {}

#[doc = include_str!("loading.md")]
pub mod loading {}

#[doc = include_str!("following.md")]
pub mod following {}

#[doc = include_str!("servers.md")]
pub mod servers {}

#[doc = include_str!("routing.md")]
pub mod routing {}

#[doc = include_str!("failures.md")]
pub mod failures {}

#[doc = include_str!("security.md")]
pub mod security {}

#[doc = include_str!("observing.md")]
pub mod observing {}

#[doc = include_str!("blocking_face.md")]
pub mod blocking_face {}

#[doc = include_str!("from_java.md")]
pub mod from_java {}

#[doc = include_str!("clients.md")]
pub mod clients {}
