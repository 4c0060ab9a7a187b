use portway_ignite_protocol::PartitionGroup;
use proptest::prelude::*;

use super::*;

const CACHE: CacheId = CacheId(1);

#[test]
fn nothing_is_asked_before_a_version_and_a_cache_are_known() {
    let now = Instant::now();
    let mut questions = Questions::default();
    questions.want(CACHE);
    assert_eq!(questions.ask(now), None);
    questions.saw(version(1, 0));
    assert_eq!(questions.ask(now).as_deref(), Some([CACHE].as_slice()));
    assert_eq!(questions.ask(now), None, "one question at a time");
    assert_eq!(questions.due(now), None);
}

#[test]
fn a_new_version_makes_all_caches_of_interest_stale() {
    let now = Instant::now();
    let mut questions = known(&[1, 2], version(1, 0), now);
    assert_eq!(questions.due(now), None);
    questions.saw(version(1, 1));
    assert_eq!(questions.ask(now), None, "not so soon");
    let later = questions.due(now).unwrap();
    assert_eq!(questions.ask(later).unwrap().len(), 2);
    assert!(
        questions.mappings().is_some(),
        "what was known stays in use"
    );
}

#[test]
fn a_cache_of_the_same_version_is_added_to_what_is_known() {
    let now = Instant::now();
    let mut questions = known(&[1], version(1, 0), now);
    questions.want(CacheId(2));
    let later = now + PAUSE;
    assert_eq!(
        questions.ask(later).as_deref(),
        Some([CacheId(2)].as_slice())
    );
    assert!(questions.answered(answer(version(1, 0), &[2])));
    let mappings = questions.mappings().unwrap();
    assert!(mappings.of(CACHE).is_some() && mappings.of(CacheId(2)).is_some());
}

#[test]
fn a_cache_that_the_grid_does_not_have_is_asked_for_only_when_somebody_uses_it_again() {
    const DESTROYED: CacheId = CacheId(10);
    let now = Instant::now();
    let mut questions = known(&[1, 10], version(1, 0), now);
    questions.saw(version(1, 1));
    assert_eq!(questions.ask(now + PAUSE).unwrap().len(), 2);
    assert!(questions.answered(answer(version(1, 1), &[1])));
    questions.saw(version(1, 2));
    let asked = questions.ask(now + PAUSE * 2);
    assert_eq!(asked.as_deref(), Some([CACHE].as_slice()));
    assert!(questions.answered(answer(version(1, 2), &[1])));
    assert!(questions.mappings().unwrap().of(DESTROYED).is_none());
    questions.want(DESTROYED);
    let asked = questions.ask(now + PAUSE * 3);
    assert_eq!(asked.as_deref(), Some([DESTROYED].as_slice()));
}

#[test]
fn an_answer_of_an_older_version_is_dropped() {
    let now = Instant::now();
    let mut questions = known(&[1], version(2, 0), now);
    questions.saw(version(3, 0));
    questions.ask(now + PAUSE).unwrap();
    assert!(!questions.answered(answer(version(2, 5), &[1])));
    assert!(
        questions.ask(now + PAUSE + PAUSE).is_some(),
        "it is asked again"
    );
}

#[test]
fn after_the_loss_of_all_nodes_versions_begin_again() {
    let now = Instant::now();
    let mut questions = known(&[1], version(9, 0), now);
    questions.reset();
    assert!(questions.mappings().is_none());
    questions.saw(version(1, 0));
    assert!(questions.ask(now).is_some(), "the interest is kept");
    assert!(questions.answered(answer(version(1, 0), &[1])));
}

#[test]
fn a_node_that_refuses_is_asked_less_and_less_until_something_changes() {
    let now = Instant::now();
    let mut questions = known(&[1], version(1, 0), now);
    questions.want(CacheId(2));
    let mut at = now + PAUSE;
    let mut pauses = Vec::new();
    for _ in 0..8 {
        questions.ask(at).unwrap();
        questions.failed(NoAnswer::Refused, at);
        let due = questions.due(at).unwrap();
        pauses.push((due - at).as_secs());
        at = due;
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 32, 32]);
    questions.saw(version(1, 1));
    questions.ask(at).unwrap();
    questions.failed(NoAnswer::Refused, at);
    assert_eq!(questions.due(at).unwrap() - at, PAUSE_AFTER_REFUSAL);
}

/// What may happen to the questions.
#[derive(Clone, Copy, Debug)]
enum Step {
    Saw(i64),
    Want(i32),
    Wait,
    Answer(i64),
    Fail,
}

proptest! {
    /// However versions, answers and failures mix: there is one question at a time, never more
    /// than one in each pause, knowledge never gets older, and at the end all is known.
    #[test]
    fn knowledge_only_grows_and_completes(steps in proptest::collection::vec(step(), 0..80)) {
        let mut now = Instant::now();
        let mut questions = Questions::default();
        const CACHES: &[i32] = &[0, 1, 2, 3];
        let (mut asked_at, mut newest, mut wanted) = (None::<Instant>, 0, BTreeSet::new());
        for step in steps {
            let before = questions.mappings().map(|known| known.topology());
            match step {
                Step::Saw(major) => {
                    newest = newest.max(major);
                    questions.saw(version(major, 0));
                }
                Step::Want(cache) => {
                    wanted.insert(CacheId(cache));
                    questions.want(CacheId(cache));
                }
                Step::Wait => now += PAUSE / 2,
                Step::Answer(behind) => {
                    questions.answered(answer(version((newest - behind).max(0), 0), CACHES));
                }
                Step::Fail => questions.failed(NoAnswer::Lost, now),
            }
            prop_assert!(before <= questions.mappings().map(|known| known.topology()));
            if questions.ask(now).is_some() {
                prop_assert!(asked_at.is_none_or(|at| now >= at + PAUSE));
                asked_at = Some(now);
                prop_assert!(questions.ask(now).is_none());
            }
        }
        questions.saw(version(newest, 0));
        questions.failed(NoAnswer::Lost, now);
        for _ in 0..3 {
            now += PAUSE;
            questions.ask(now);
            questions.answered(answer(version(newest, 0), CACHES));
        }
        prop_assert_eq!(questions.due(now), None);
        let mappings = questions.mappings();
        for cache in wanted {
            prop_assert!(mappings.is_some_and(|known| known.of(cache).is_some()));
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..5_i64).prop_map(Step::Saw),
        (0..4_i32).prop_map(Step::Want),
        Just(Step::Wait),
        (0..2_i64).prop_map(Step::Answer),
        Just(Step::Fail),
    ]
}

/// Questions that were answered.
fn known(caches: &[i32], topology: TopologyVersion, now: Instant) -> Questions {
    let mut questions = Questions::default();
    caches
        .iter()
        .for_each(|cache| questions.want(CacheId(*cache)));
    questions.saw(topology);
    questions.ask(now).unwrap();
    assert!(questions.answered(answer(topology, caches)));
    questions
}

/// What a grid answers that has these caches.
fn answer(topology: TopologyVersion, caches: &[i32]) -> CachePartitions {
    let caches = caches.iter().copied().map(CacheId).collect();
    CachePartitions {
        topology,
        groups: vec![PartitionGroup::Unmapped { caches }],
    }
}

fn version(major: i64, minor: i32) -> TopologyVersion {
    TopologyVersion { major, minor }
}
