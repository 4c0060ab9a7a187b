//! A grid of two nodes, and how a client follows it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use portway_ignite::protocol::{
    CacheId, CachePartitions, KeyValueAction, KeyValueRequest, MappedCache, NodePartitions,
    PartitionGroup, Request, TopologyVersion,
};
use portway_ignite::{Cache, Client, ClientConfiguration};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::server::{Peer, ScriptedServer, raw, soon};

const PARTITIONS: i32 = 16;

/// What both nodes know, and what they were asked.
#[derive(Default)]
struct Knowledge {
    nodes: Vec<Uuid>,
    /// The place of the node that holds everything.
    holder: usize,
    topology: TopologyVersion,
    /// Whether the partitions are told.
    is_mute: bool,
    questions: Vec<Vec<CacheId>>,
}

struct TwoNodes {
    client: Client,
    knowledge: Arc<Mutex<Knowledge>>,
    serving: Vec<JoinHandle<()>>,
}

impl TwoNodes {
    async fn start() -> Self {
        Self::start_with(Knowledge::default()).await
    }

    async fn start_with(mut knowledge: Knowledge) -> Self {
        let (first, second) = (ScriptedServer::start().await, ScriptedServer::start().await);
        let configuration = ClientConfiguration::new([first.address(), second.address()]);
        let (client, peer) = first.connect(configuration).await;
        knowledge.topology.major = 1;
        knowledge.nodes.push(peer.node);
        let knowledge = Arc::new(Mutex::new(knowledge));
        let mut serving = vec![tokio::spawn(serve(peer, 0, knowledge.clone()))];
        // The first answer tells of a topology, upon which the client looks for the other node.
        client.cache::<i32, i32>("first").get(&0).await.unwrap();
        let peer = second.welcome().await;
        knowledge.lock().unwrap().nodes.push(peer.node);
        serving.push(tokio::spawn(serve(peer, 1, knowledge.clone())));
        Self {
            client,
            knowledge,
            serving,
        }
    }

    fn change(&self, change: impl FnOnce(&mut Knowledge)) {
        let mut knowledge = self.knowledge.lock().unwrap();
        knowledge.topology.minor += 1;
        change(&mut knowledge);
    }

    fn questions(&self) -> Vec<Vec<CacheId>> {
        self.knowledge.lock().unwrap().questions.clone()
    }

    /// Reads until it is always this node that answers.
    async fn settles_on(&self, cache: &Cache<i32, i32>, node: i32) {
        let reads = async {
            let mut right = 0;
            for key in (0..100).cycle() {
                match cache.get(&key).await.unwrap() {
                    Some(asked) if asked == node => right += 1,
                    _ => right = 0,
                }
                if right == 30 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        soon(reads).await;
    }
}

#[tokio::test]
async fn keys_follow_their_partitions() {
    let grid = TwoNodes::start().await;
    let cache = grid.client.cache("a");
    grid.settles_on(&cache, 0).await;
    grid.change(|knowledge| knowledge.holder = 1);
    grid.settles_on(&cache, 1).await;
}

#[tokio::test]
async fn while_partitions_are_unknown_any_node_serves() {
    let mute = Knowledge {
        is_mute: true,
        ..Knowledge::default()
    };
    let grid = TwoNodes::start_with(mute).await;
    let cache: Cache<i32, i32> = grid.client.cache("a");
    let mut asked = [0, 0];
    let reads = async {
        while asked.contains(&0) {
            let node = cache.get(&1).await.unwrap().unwrap();
            asked[usize::try_from(node).unwrap()] += 1;
        }
    };
    soon(reads).await;
}

#[tokio::test]
async fn a_new_topology_costs_one_question_for_all_caches() {
    let grid = TwoNodes::start().await;
    let (a, b) = (grid.client.cache("a"), grid.client.cache("b"));
    grid.settles_on(&a, 0).await;
    grid.settles_on(&b, 0).await;
    let before = grid.questions().len();
    grid.change(|knowledge| knowledge.holder = 1);
    grid.settles_on(&a, 1).await;
    grid.settles_on(&b, 1).await;
    let questions = grid.questions().split_off(before);
    assert_eq!(questions.len(), 1, "{questions:?}");
    for cache in ["a", "b"] {
        assert!(questions[0].contains(&CacheId::of(cache)));
    }
}

#[tokio::test]
async fn a_storm_of_topologies_is_no_storm_of_questions() {
    let grid = TwoNodes::start().await;
    let cache = grid.client.cache("a");
    grid.settles_on(&cache, 0).await;
    let (before, began) = (grid.questions().len(), std::time::Instant::now());
    for _ in 0..300 {
        grid.change(|_| {});
        cache.get(&1).await.unwrap();
    }
    grid.change(|knowledge| knowledge.holder = 1);
    grid.settles_on(&cache, 1).await;
    let asked = u128::try_from(grid.questions().len() - before).unwrap();
    // At most one in each 50 ms.
    let most = began.elapsed().as_millis() / 50 + 2;
    assert!((1..=most).contains(&asked), "{asked} of {most}");
}

#[tokio::test]
async fn when_the_holder_of_a_key_goes_away_another_node_is_asked() {
    let grid = TwoNodes::start().await;
    let cache = grid.client.cache("a");
    grid.change(|knowledge| knowledge.holder = 1);
    grid.settles_on(&cache, 1).await;
    grid.serving[1].abort();
    let answer = soon(cache.get(&1)).await;
    assert_eq!(answer.unwrap(), Some(0));
}

/// Serves one connection; a read is answered with the place of the node.
async fn serve(mut peer: Peer, place: i32, knowledge: Arc<Mutex<Knowledge>>) {
    let mut told = None;
    while let Some((id, request)) = peer.next_request().await {
        let topology = knowledge.lock().unwrap().topology;
        let news = (told != Some(topology)).then_some(topology);
        told = Some(topology);
        match request {
            Request::KeyValue(KeyValueRequest {
                action: KeyValueAction::Get { .. },
                ..
            }) => peer.answer_at(id, &raw(&place), news).await,
            Request::CachePartitions(request) => {
                let answer = answer(&mut knowledge.lock().unwrap(), request.caches);
                if let Some(answer) = answer {
                    peer.answer_at(id, &answer, news).await;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

fn answer(knowledge: &mut Knowledge, caches: Vec<CacheId>) -> Option<CachePartitions> {
    knowledge.questions.push(caches.clone());
    let mapped = |cache| MappedCache {
        cache,
        key_types: Vec::new(),
    };
    let group = PartitionGroup::Mapped {
        caches: caches.into_iter().map(mapped).collect(),
        nodes: vec![NodePartitions {
            node: knowledge.nodes[knowledge.holder],
            partitions: (0..PARTITIONS).collect(),
        }],
        data_center_nodes: Vec::new(),
        default_affinity: true,
    };
    (!knowledge.is_mute).then(|| CachePartitions {
        topology: knowledge.topology,
        groups: vec![group],
    })
}
