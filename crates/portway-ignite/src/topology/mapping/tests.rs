use portway_ignite_protocol::{
    BinaryConfiguration, BinaryObject, MappedCache, TypeRegistry, WriteValue, java,
};

use super::*;

const CACHE: CacheId = CacheId(7);
const OTHER: CacheId = CacheId(8);

#[derive(Debug)]
struct Types(TypeRegistry);

impl SchemaSource for Types {
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>> {
        self.0.field_ids(type_id, schema_id)
    }
}

impl KeyTypes for Types {
    fn affinity_field(&self, type_id: i32) -> Option<Option<i32>> {
        let found = self.0.find(type_id)?;
        Some(found.affinity_key.as_deref().map(java::field_id))
    }
}

#[test]
fn a_key_belongs_to_the_node_that_has_its_partition() {
    // Node n has the partitions n, n + 3, n + 6 and n + 9 of ten, which is no power of two.
    let mappings = mappings(&round_robin(3, 10), &[], true);
    for key in -50..50_i32 {
        let owner = u128::from(key.unsigned_abs() % 10 % 3) + 1;
        assert_eq!(holder(&mappings, &raw(&key)), node(owner), "{key}");
    }
}

#[test]
fn reads_go_to_the_own_data_centre_and_writes_to_the_primary() {
    let mappings = mappings(&round_robin(3, 8), &round_robin(1, 8), true);
    let of = |access| mapping(&mappings).holder(CACHE, &raw(&1_i32), access, &known(), None);
    assert_eq!(of(Access::Read), node(1));
    assert_eq!(of(Access::Write), node(2));
    assert_eq!(
        mapping(&mappings).holder_of_partition(2, Access::Write),
        node(3)
    );
}

#[test]
fn the_affinity_field_of_a_key_decides_whoever_names_it() {
    let order = order(5, 3);
    let customer = raw(&3_i64);
    // The metadata of the type names it.
    let plain = mappings(&round_robin(3, 16), &[], true);
    assert_eq!(holder(&plain, &order), holder(&plain, &customer));
    // The configuration of the cache names another one, which counts more.
    let field = AffinityField {
        type_id: java::type_id("Order"),
        field_id: java::field_id("number"),
    };
    let configured = mappings_with(vec![field], &round_robin(3, 16), &[], true);
    assert_eq!(
        holder(&configured, &order),
        holder(&configured, &raw(&5_i64))
    );
}

#[test]
fn a_key_of_an_unknown_type_waits_for_the_type() {
    let mappings = mappings(&round_robin(3, 16), &[], true);
    let nothing = Types(TypeRegistry::default());
    let holder = mapping(&mappings).holder(CACHE, &order(1, 1), Access::Write, &nothing, None);
    assert_eq!(holder, Holder::AfterType(java::type_id("Order")));
}

#[test]
fn an_affinity_function_of_its_own_needs_a_mapper() {
    let mappings = mappings(&round_robin(3, 16), &[], false);
    let key = raw(&4_i32);
    assert_eq!(holder(&mappings, &key), Holder::Anyone);
    let mapper = |cache: CacheId, key: &RawValue, partitions: u32| {
        assert_eq!((cache, partitions), (CACHE, 16));
        key.read::<i32>().ok()?.try_into().ok()
    };
    let mapped = mapping(&mappings).holder(CACHE, &key, Access::Write, &known(), Some(&mapper));
    assert_eq!(mapped, node(2));
}

#[test]
fn a_cache_that_the_answer_leaves_out_is_not_asked_for_again() {
    let answer = CachePartitions {
        topology: TopologyVersion::default(),
        groups: vec![PartitionGroup::Unmapped {
            caches: vec![OTHER],
        }],
    };
    let mappings = Mappings::from_answer(answer, &[CACHE]);
    assert!(matches!(mappings.of(CACHE), Some(Mapping::None)));
    assert!(matches!(mappings.of(OTHER), Some(Mapping::None)));
    assert!(mappings.of(CacheId(9)).is_none());
}

#[test]
fn numbers_that_no_partition_has_take_no_memory() {
    let nodes = [NodePartitions {
        node: Uuid::from_u128(1),
        partitions: vec![-1, i32::MAX, 3],
    }];
    assert_eq!(by_partition(&nodes).len(), 4);
    let empty = mappings(&[], &[], true);
    assert_eq!(holder(&empty, &raw(&1_i32)), Holder::Anyone);
}

fn holder(mappings: &Mappings, key: &RawValue) -> Holder {
    mapping(mappings).holder(CACHE, key, Access::Write, &known(), None)
}

fn mapping(mappings: &Mappings) -> &Partitioned {
    match mappings.of(CACHE) {
        Some(Mapping::Partitioned(mapping)) => mapping,
        other => panic!("{other:?}"),
    }
}

fn mappings(
    nodes: &[NodePartitions],
    data_center_nodes: &[NodePartitions],
    default_affinity: bool,
) -> Mappings {
    mappings_with(Vec::new(), nodes, data_center_nodes, default_affinity)
}

fn mappings_with(
    key_types: Vec<AffinityField>,
    nodes: &[NodePartitions],
    data_center_nodes: &[NodePartitions],
    default_affinity: bool,
) -> Mappings {
    let group = PartitionGroup::Mapped {
        caches: vec![MappedCache {
            cache: CACHE,
            key_types,
        }],
        nodes: nodes.to_vec(),
        data_center_nodes: data_center_nodes.to_vec(),
        default_affinity,
    };
    let answer = CachePartitions {
        topology: TopologyVersion::default(),
        groups: vec![group],
    };
    Mappings::from_answer(answer, &[CACHE])
}

fn round_robin(nodes: i32, partitions: i32) -> Vec<NodePartitions> {
    let of = |node: i32| NodePartitions {
        node: Uuid::from_u128(u128::from(node.unsigned_abs()) + 1),
        partitions: (0..partitions)
            .filter(|number| number % nodes == node)
            .collect(),
    };
    (0..nodes).map(of).collect()
}

fn node(number: u128) -> Holder {
    Holder::Node(Uuid::from_u128(number))
}

/// Knows the type of [`order`].
fn known() -> Types {
    let mut registry = TypeRegistry::default();
    registry.describe("Order", Some("customer"), |fields| {
        fields.field::<i64>("number");
        fields.field::<i64>("customer");
    });
    Types(registry)
}

fn order(number: i64, customer: i64) -> RawValue {
    let object = BinaryObject::build("Order", BinaryConfiguration::default(), |object| {
        object.field("number", &number);
        object.field("customer", &customer);
    });
    raw(&object.unwrap())
}

fn raw(value: &impl WriteValue) -> RawValue {
    RawValue::encode(value, BinaryConfiguration::default())
}
