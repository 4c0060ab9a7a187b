//! Compute tasks whose results come early, late or never.

use portway_ignite::protocol::{Feature, Features, Request, ResourceId};
use portway_ignite::{Client, Error, RunningTask};

use crate::server::{Peer, ScriptedServer, raw, soon};

#[tokio::test]
async fn a_result_before_the_id_of_its_task_is_not_lost() {
    let (client, mut peer) = connected().await;
    let serve = async {
        let id = execution(&mut peer).await;
        peer.notify(5, &raw("early")).await;
        peer.answer(id, &ResourceId(5)).await;
    };
    let compute = client.compute();
    let (result, ()) = tokio::join!(compute.execute::<String>("Task", &1), serve);
    assert_eq!(result.unwrap(), "early");
}

#[tokio::test]
async fn a_dropped_task_is_cancelled_and_a_finished_one_is_not() {
    let (client, mut peer) = connected().await;
    for task in [5, 6] {
        let serve = async {
            let id = execution(&mut peer).await;
            peer.answer(id, &ResourceId(task)).await;
        };
        let compute = client.compute();
        let (started, ()) = tokio::join!(compute.start("Task", &1), serve);
        let running: RunningTask<i32> = started.unwrap();
        if task == 5 {
            peer.notify(task, &raw(&7)).await;
            assert_eq!(soon(running.result()).await.unwrap(), 7);
        }
    }
    assert_eq!(peer.release().await, ResourceId(6), "5 was over");
}

#[tokio::test]
async fn a_task_is_lost_with_its_connection() {
    let (client, mut peer) = connected().await;
    let serve = async {
        let id = execution(&mut peer).await;
        peer.answer(id, &ResourceId(5)).await;
        drop(peer);
    };
    let compute = client.compute();
    let (result, ()) =
        soon(async { tokio::join!(compute.execute::<i32>("Task", &1), serve) }).await;
    assert!(
        matches!(result, Err(Error::ConnectionLost { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_node_without_tasks_is_not_asked() {
    let server = ScriptedServer::start().await;
    let (client, _peer) = server.connect(server.configuration()).await;
    let refused = soon(client.compute().execute::<i32>("Task", &1)).await;
    assert!(
        matches!(refused, Err(Error::Unsupported { .. })),
        "{refused:?}"
    );
}

async fn connected() -> (Client, Peer) {
    let server = ScriptedServer::start().await;
    let features = Features::NONE.with(Feature::ExecuteTaskByName);
    let connect = Client::connect(server.configuration());
    let (client, peer) = tokio::join!(connect, server.welcome_with(features));
    (client.unwrap(), peer)
}

async fn execution(peer: &mut Peer) -> i64 {
    match peer.request().await {
        (id, Request::ExecuteTask(_)) => id,
        other => panic!("no task: {other:?}"),
    }
}
