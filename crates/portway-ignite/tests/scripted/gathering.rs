//! Answers that come thick, and a lone one behind them.

use tokio::task::JoinSet;

use crate::server::{Peer, ScriptedServer, key_of, numbers, raw, soon};

/// Enough of them take long to have the client wait for more than one answer at once.
const SLOW: usize = 400;
/// The answers that come together.
const PORTION: usize = 50;
const PORTIONS: usize = 12;

/// Takes the next requests, and answers their keys.
async fn requests(peer: &mut Peer, count: usize) -> Vec<(i64, i32)> {
    let mut requests = Vec::with_capacity(count);
    for _ in 0..count {
        let (id, action) = peer.action().await;
        requests.push((id, key_of(action)));
    }
    requests
}

#[tokio::test]
async fn a_lone_answer_behind_many_that_came_thick_is_not_kept_waiting_for_more() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let mut gets = JoinSet::new();
    for key in 0..i32::try_from(SLOW + PORTIONS * PORTION).unwrap() {
        let cache = cache.clone();
        gets.spawn(async move { (key, cache.get(&key).await.unwrap()) });
    }
    let mut asked = requests(&mut peer, SLOW + PORTIONS * PORTION).await;
    let slow = asked.split_off(PORTIONS * PORTION);
    for portion in asked.chunks(PORTION) {
        for (id, key) in portion {
            peer.answer(*id, &raw(key)).await;
        }
        for _ in portion {
            let (key, value) = soon(gets.join_next()).await.unwrap().unwrap();
            assert_eq!(value, Some(key));
        }
    }
    for (id, key) in slow {
        peer.answer(id, &raw(&key)).await;
        let alone = soon(gets.join_next()).await.unwrap().unwrap();
        assert_eq!(alone, (key, Some(key)));
    }
    assert!(gets.is_empty());
}
