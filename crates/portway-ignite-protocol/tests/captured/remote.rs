//! Transactions, code on the servers and data structures: what a Java thin client sent, and what the
//! servers answered.

use bytes::Bytes;
use portway_ignite_protocol::{
    AtomicConfiguration, AtomicLongName, AtomicityMode, CacheHeader, CacheId, CacheMode,
    CompareAndSetAtomicLong, Concurrency, CreateAtomicLong, Dialect, EndTransaction, ExecuteTask,
    Feature, Features, FirstSetPage, Incoming, IncomingRequest, InvokeService, Isolation,
    IterateSet, KeyValueAction, KeyValueRequest, Layout, NodeIds, NodeIdsRequest, OpenSet,
    OpenedSet, Operation, Page, Platform, Projection, RawValue, Request, ResourceId,
    ServiceArguments, ServiceDescriptor, SetConfiguration, SetName, SetPageRequest, SetValue,
    SetValues, StartTransaction, Status, TaskFlags, Version, WriteValue, decode_body,
    encode_request, parameter_type_id,
};
use uuid::Uuid;

use crate::hex;

#[test]
fn a_transaction_is_begun_and_ended() {
    let begin = StartTransaction {
        concurrency: Concurrency::Pessimistic,
        isolation: Isolation::Serializable,
        timeout: 5000,
        label: Some("transfer".to_owned()),
    };
    sent(
        3,
        Request::StartTransaction(begin),
        hex("a00f03000000000000000102881300000000000009080000007472616e73666572"),
    );
    let plain = StartTransaction {
        concurrency: Concurrency::Optimistic,
        isolation: Isolation::ReadCommitted,
        timeout: 0,
        label: None,
    };
    sent(
        7,
        Request::StartTransaction(plain),
        hex("a00f07000000000000000000000000000000000065"),
    );
    assert_eq!(answered::<i32>(hex("0300000000000000000001000000")), 1);
    for (id, transaction, commit, bytes) in [
        (5, 1, true, hex("a10f05000000000000000100000001")),
        (8, 2, false, hex("a10f08000000000000000200000000")),
    ] {
        let end = EndTransaction {
            transaction,
            commit,
        };
        sent(id, Request::EndTransaction(end), bytes);
    }
    answered::<()>(hex("05000000000000000000"));
}

#[test]
fn an_operation_names_its_transaction() {
    let header = CacheHeader {
        keep_binary: false,
        transaction: Some(1),
        ..CacheHeader::new(CacheId::of("captured"))
    };
    let action = KeyValueAction::Put {
        key: raw(&1),
        value: raw(&2),
    };
    let put = Request::KeyValue(KeyValueRequest { header, action });
    sent(
        4,
        put,
        hex("e9030400000000000000de2109fd020100000003010000000302000000"),
    );
}

#[test]
fn a_task_is_executed_and_its_result_told() {
    let task = |name: &str, timeout, no_failover, argument| {
        Request::ExecuteTask(ExecuteTask {
            nodes: Vec::new(),
            flags: TaskFlags {
                no_failover,
                ..TaskFlags::default()
            },
            timeout,
            task: name.to_owned(),
            argument,
        })
    };
    let echo = task("portway.test.EchoTask", 0, false, raw("to be"));
    sent(
        10,
        echo,
        hex(
            "70170a00000000000000000000000000000000000000000915000000706f72747761792e746573742e45\
             63686f5461736b0905000000746f206265",
        ),
    );
    let nodes = task("portway.test.NodesTask", 1000, true, raw(&7));
    sent(
        11,
        nodes,
        hex(
            "70170b000000000000000000000001e8030000000000000916000000706f72747761792e746573742e4e\
             6f6465735461736b0307000000",
        ),
    );
    let ResourceId(id) = answered(hex("0a0000000000000000000100000000000000"));
    let (told, result) = notified(hex("0100000000000000040071170905000000746f206265"));
    assert_eq!(told, (id, None));
    let result: RawValue = decode_body(&result, dialect()).unwrap();
    assert_eq!(result.read::<String>().unwrap(), "to be");
}

#[test]
fn a_task_that_fails_tells_why() {
    let (told, _) = notified(hex("030000000000000005007117010000000903000000776879"));
    assert_eq!(told, (3, Some((Status::FAILED, "why".to_owned()))));
}

#[test]
fn a_service_is_called_with_typed_arguments_and_attributes() {
    let call = |timeout, method: &str, arguments, context| {
        Request::InvokeService(InvokeService {
            service: "portway.everywhere".to_owned(),
            keep_binary: false,
            timeout,
            nodes: Vec::new(),
            method: method.to_owned(),
            arguments: ServiceArguments::Typed(arguments),
            context,
        })
    };
    let typed = |class, value| (parameter_type_id(class), value);
    let tenant = vec![typed("java.lang.String", raw("tenant"))];
    let context = vec![("tenant".to_owned(), raw("blue"))];
    let attribute = call(3000, "attribute", tenant, context);
    sent(
        13,
        attribute,
        hex(
            "581b0d000000000000000912000000706f72747761792e6576657279776865726502b80b000000000000\
             0000000009090000006174747269627574650100000009000000090600000074656e616e741901000000\
             01090600000074656e616e740904000000626c7565",
        ),
    );
    let arguments = vec![
        typed("java.lang.String", raw("ada")),
        typed("int", raw(&36)),
        typed("boolean", raw(&true)),
        typed("double", raw(&1.5)),
        typed("java.util.UUID", raw(&Uuid::from_u64_pair(1, 2))),
    ];
    let describe = call(0, "describe", arguments, Vec::new());
    sent(
        14,
        describe,
        hex(
            "581b0e000000000000000912000000706f72747761792e65766572797768657265020000000000000000\
             000000000908000000646573637269626505000000090000000903000000616461ef9701000324000000\
             286cdb030801d17bf7b006000000000000f83f0a0000000a0100000000000000020000000000000065",
        ),
    );
    let result: RawValue = answered(hex("0d0000000000000000000904000000626c7565"));
    assert_eq!(result.read::<String>().unwrap(), "blue");
}

#[test]
fn services_are_described() {
    sent(
        15,
        Request::ServiceDescriptors(()),
        hex("591b0f00000000000000"),
    );
    let services: Vec<ServiceDescriptor> = answered(hex(
        "0f00000000000000000002000000090e000000706f72747761792e73696e676c650911000000706f7274\
             7761792e746573742e4563686f0100000001000000650a6247a255a80c912643907273806656a3000912\
             000000706f72747761792e657665727977686572650911000000706f72747761792e746573742e456368\
             6f0000000001000000650a6247a255a80c912643907273806656a300",
    ));
    assert_eq!(services.len(), 2);
    let single = &services[0];
    assert_eq!(
        (single.name.as_str(), single.class.as_str()),
        ("portway.single", "portway.test.Echo")
    );
    assert_eq!((single.total_count, single.per_node_count), (1, 1));
    assert_eq!(
        (single.cache.as_ref(), single.platform),
        (None, Platform::Java)
    );
    assert_eq!(services[1].total_count, 0);
}

#[test]
fn an_atomic_number_is_made_and_changed() {
    let name = AtomicLongName {
        name: "captured-count".to_owned(),
        group: Some("counts".to_owned()),
    };
    let create = CreateAtomicLong {
        name: "captured-count".to_owned(),
        initial: 10,
        configuration: Some(AtomicConfiguration {
            reserve_size: 1000,
            mode: CacheMode::Partitioned,
            backups: 1,
            group: Some("counts".to_owned()),
        }),
    };
    sent(
        16,
        Request::CreateAtomicLong(create),
        hex(
            "28231000000000000000090e00000063617074757265642d636f756e740a0000000000000001e8030000\
             02010000000906000000636f756e7473",
        ),
    );
    sent(
        17,
        Request::AddToAtomicLong((name.clone(), 5)),
        hex(
            "2c231100000000000000090e00000063617074757265642d636f756e740906000000636f756e74730500\
             000000000000",
        ),
    );
    assert_eq!(
        answered::<i64>(hex("110000000000000000000f00000000000000")),
        15
    );
    let compare = CompareAndSetAtomicLong {
        name: name.clone(),
        expected: 15,
        value: 7,
    };
    sent(
        18,
        Request::CompareAndSetAtomicLong(compare),
        hex(
            "2e231200000000000000090e00000063617074757265642d636f756e740906000000636f756e74730f00\
             0000000000000700000000000000",
        ),
    );
    assert!(answered::<bool>(hex("1200000000000000000001")));
    sent(
        19,
        Request::AtomicLongValue(name.clone()),
        hex("2b231300000000000000090e00000063617074757265642d636f756e740906000000636f756e7473"),
    );
    sent(
        29,
        Request::RemoveAtomicLong(name),
        hex("29231d00000000000000090e00000063617074757265642d636f756e740906000000636f756e7473"),
    );
}

#[test]
fn a_set_is_made_filled_and_walked_over() {
    let open = OpenSet {
        name: "captured-set".to_owned(),
        configuration: Some(SetConfiguration {
            atomicity: AtomicityMode::Atomic,
            mode: CacheMode::Partitioned,
            backups: 1,
            group: None,
            collocated: false,
        }),
    };
    sent(
        20,
        Request::OpenSet(open),
        hex("32231400000000000000090c00000063617074757265642d736574010102010000006500"),
    );
    let opened: Option<OpenedSet> = answered(hex(
        "14000000000000000200030000000000000012000000010062fda1b5",
    ));
    let OpenedSet { collocated, cache } = opened.unwrap();
    let set = SetName {
        name: "captured-set".to_owned(),
        cache,
        collocated,
    };
    let one = SetValue {
        set: set.clone(),
        keep_binary: true,
        value: raw(&1),
    };
    sent(
        21,
        Request::AddToSet(one),
        hex("35231500000000000000090c00000063617074757265642d73657462fda1b500010301000000"),
    );
    let two = SetValues {
        set: set.clone(),
        keep_binary: true,
        values: vec![raw(&2), raw(&3)],
    };
    sent(
        22,
        Request::AddAllToSet(two),
        hex(
            "36231600000000000000090c00000063617074757265642d73657462fda1b50001020000000302000000\
             0303000000",
        ),
    );
    let iterate = IterateSet {
        set: set.clone(),
        page_size: 2,
    };
    sent(
        23,
        Request::IterateSet(iterate),
        hex("3e231700000000000000090c00000063617074757265642d73657462fda1b50002000000"),
    );
    let first: FirstSetPage = answered(hex(
        "170000000000000000000200000003030000000301000000010400000000000000",
    ));
    assert_eq!(first.values, [raw(&3), raw(&1)]);
    let next = SetPageRequest {
        iterator: first.iterator.unwrap(),
        page_size: 2,
    };
    sent(
        24,
        Request::SetPage(next),
        hex("3f231800000000000000040000000000000002000000"),
    );
    let last: Page<RawValue> = answered(hex("1800000000000000000001000000030200000000"));
    assert_eq!((last.rows, last.has_more), (vec![raw(&2)], false));
    sent(
        25,
        Request::SetSize(set.clone()),
        hex("3c231900000000000000090c00000063617074757265642d73657462fda1b500"),
    );
    assert_eq!(answered::<i32>(hex("1900000000000000000003000000")), 3);
    sent(
        28,
        Request::CloseSet(set),
        hex("33231c00000000000000090c00000063617074757265642d73657462fda1b500"),
    );
}

#[test]
fn the_servers_are_asked_for() {
    let asked = NodeIdsRequest {
        known_topology: 0,
        projection: vec![Projection::ServerNodes(true)],
    };
    sent(
        26,
        Request::NodeIds(asked),
        hex("ec131a00000000000000000000000000000001000000020001"),
    );
    let NodeIds::Changed { topology, nodes } = answered(hex(
        "1a000000000000000000010300000000000000030000006247a255a80c912643907273806656a392468c\
             4271f7ed0772189dc38be59ba2084a1409dbbfd8911654cb9d056a378f",
    )) else {
        panic!("the client knew nothing")
    };
    assert_eq!((topology, nodes.len()), (3, 3));
    sent(
        27,
        Request::NodeDetails(nodes),
        hex(
            "ed131b00000000000000030000006247a255a80c912643907273806656a392468c4271f7ed0772189dc3\
             8be59ba2084a1409dbbfd8911654cb9d056a378f",
        ),
    );
}

/// A request is read from what the client sent, and written as it wrote it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the captured bytes stand in the calls"
)]
fn sent(id: i64, request: Request, bytes: Bytes) {
    let frame = encode_request(&request, id, dialect()).unwrap();
    assert_eq!(frame.slice(4..), bytes, "{request:?}");
    let received = IncomingRequest::from_payload(&bytes, dialect()).unwrap();
    assert_eq!(received.request, Some(request));
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the captured bytes stand in the calls"
)]
fn answered<T: Layout>(payload: Bytes) -> T {
    let (header, body) = Incoming::from_payload(&payload, dialect()).unwrap();
    let Incoming::Response(header) = header else {
        panic!("it is a notification")
    };
    assert_eq!(header.error, None);
    decode_body(&body, dialect()).unwrap()
}

type Told = (i64, Option<(Status, String)>);

#[expect(
    clippy::needless_pass_by_value,
    reason = "the captured bytes stand in the calls"
)]
fn notified(payload: Bytes) -> (Told, Bytes) {
    let (header, body) = Incoming::from_payload(&payload, dialect()).unwrap();
    let Incoming::Notification(header) = header else {
        panic!("it is a response")
    };
    assert_eq!(header.operation, Operation::TaskFinished.code());
    let error = header.error.map(|error| (error.status, error.message));
    ((header.resource.0, error), body)
}

fn raw<T: WriteValue + ?Sized>(value: &T) -> RawValue {
    RawValue::encode(value, Default::default())
}

/// What both sides agreed on: all that 2.17.0 has, without queries inside of transactions.
fn dialect() -> Dialect {
    let features = Feature::ALL.iter().copied().filter(|feature| {
        feature.code() <= Feature::CacheInvoke.code() || *feature == Feature::ForceDeactivation
    });
    Dialect {
        version: Version::LATEST,
        features: Features::from_iter(features),
    }
}
