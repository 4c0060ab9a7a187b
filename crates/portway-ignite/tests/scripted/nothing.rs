//! Operations on no keys: their answer is known without asking.

use portway_ignite::protocol::KeyValueAction;
use portway_ignite::{Cache, ConflictPut, EntryVersion, IgniteObject};

use crate::server::{ScriptedServer, key_of, numbers, raw, soon};

const NO_KEYS: [&i32; 0] = [];

#[derive(IgniteObject)]
struct Processor {}

#[tokio::test]
async fn operations_on_no_keys_ask_nobody() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    soon(act_on_nothing(&cache)).await;
    // What follows is the first that the server hears of.
    let serve = async {
        let (id, action) = peer.action().await;
        assert_eq!(key_of(action), 7);
        peer.answer(id, &raw(&70)).await;
    };
    let (value, ()) = tokio::join!(cache.get(&7), serve);
    assert_eq!(value.unwrap(), Some(70));
}

async fn act_on_nothing(cache: &Cache<i32, i32>) {
    assert_eq!(cache.get_all(NO_KEYS).await.unwrap(), []);
    assert!(cache.contains_keys(NO_KEYS).await.unwrap());
    cache.put_all::<i32, i32>([]).await.unwrap();
    cache.remove_keys(NO_KEYS).await.unwrap();
    cache.clear_keys(NO_KEYS).await.unwrap();
    let no_puts: [ConflictPut<'_, i32, i32>; 0] = [];
    cache.put_all_conflict(no_puts).await.unwrap();
    let no_removals: [(&i32, EntryVersion); 0] = [];
    cache.remove_all_conflict(no_removals).await.unwrap();
    let answers = cache
        .invoke_all::<i32, _, _>(NO_KEYS, &Processor {}, ())
        .await;
    assert_eq!(answers.unwrap(), []);
}

#[tokio::test]
async fn keys_travel_in_one_request_where_no_node_is_better() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        let (id, action) = peer.action().await;
        let KeyValueAction::ContainsKeys { keys } = action else {
            panic!("no question for keys: {action:?}")
        };
        assert_eq!(keys, [raw(&1), raw(&2)]);
        peer.answer(id, &true).await;
    };
    let (held, ()) = tokio::join!(cache.contains_keys([&1, &2]), serve);
    assert!(held.unwrap());
}
