//! Filters of index queries.

use portway_ignite::{Client, IgniteObject};

use crate::suite::index_query::{aged, keys, query};

#[derive(IgniteObject)]
#[ignite(type_name = "portway.test.Above")]
struct Above {
    bound: i64,
    field: Option<String>,
}

pub(crate) async fn a_filter_looks_at_what_the_index_found(client: Client) {
    let cache = aged(&client).await;
    let filter = Above {
        bound: 60,
        field: Some("AGE".to_owned()),
    };
    let query = query().less("AGE", &80).filter(filter).keep_binary();
    assert_eq!(keys(&cache, query).await, [7]);
}
