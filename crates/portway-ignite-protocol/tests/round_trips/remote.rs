//! Transactions, code on the servers, and data structures.

use portway_ignite_protocol::{
    AtomicConfiguration, AtomicLongName, AtomicityMode, CacheId, CacheMode,
    CompareAndSetAtomicLong, Concurrency, CreateAtomicLong, EndTransaction, ExecuteTask,
    FirstSetPage, InvokeService, Isolation, IterateSet, NodeId, OpenSet, OpenedSet, Page, Platform,
    RawValue, Request, ResourceId, ServiceArguments, ServiceDescriptor, SetConfiguration, SetName,
    SetPageRequest, SetValue, SetValues, StartTransaction, TaskFlags,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::values::{any_raw, any_uuid};
use crate::{check, everything};

proptest! {
    #[test]
    fn a_service_reads_as_it_was_described(services in vec(descriptor(), 0..3)) {
        check(&services, everything());
    }

    #[test]
    fn a_page_of_a_set_reads_as_it_was_written(
        values in vec(any_raw(), 0..4),
        iterator in any::<Option<i64>>(),
        has_more: bool,
    ) {
        let page = Page { rows: values.clone(), has_more };
        check::<Page<RawValue>>(&page, everything());
        check(&FirstSetPage { values, iterator: iterator.map(ResourceId) }, everything());
    }

    #[test]
    fn an_opened_set_reads_as_it_was_written(opened in any::<Option<(bool, i32)>>()) {
        let opened = opened.map(|(collocated, id)| OpenedSet { collocated, cache: CacheId(id) });
        check(&opened, everything());
    }
}

pub(crate) fn any_request() -> BoxedStrategy<Request> {
    prop_oneof![
        transaction(),
        task(),
        service(),
        atomic_long(),
        set(),
        values_of_a_set()
    ]
    .boxed()
}

fn transaction() -> BoxedStrategy<Request> {
    let modes = (select(Concurrency::ALL), select(Isolation::ALL));
    let start = (modes, any::<i64>(), any::<Option<String>>()).prop_map(
        |((concurrency, isolation), timeout, label)| StartTransaction {
            concurrency,
            isolation,
            timeout,
            label,
        },
    );
    let end = any::<(i32, bool)>().prop_map(|(transaction, commit)| EndTransaction {
        transaction,
        commit,
    });
    prop_oneof![
        start.prop_map(Request::StartTransaction),
        end.prop_map(Request::EndTransaction),
    ]
    .boxed()
}

fn nodes() -> impl Strategy<Value = Vec<NodeId>> {
    vec(any_uuid().prop_map(NodeId), 0..3)
}

fn task() -> BoxedStrategy<Request> {
    let flags =
        any::<(bool, bool, bool)>().prop_map(|(no_failover, no_result_cache, keep_binary)| {
            TaskFlags {
                no_failover,
                no_result_cache,
                keep_binary,
            }
        });
    (nodes(), flags, any::<(i64, String)>(), any_raw())
        .prop_map(|(nodes, flags, (timeout, task), argument)| {
            Request::ExecuteTask(ExecuteTask {
                nodes,
                flags,
                timeout,
                task,
                argument,
            })
        })
        .boxed()
}

fn service() -> BoxedStrategy<Request> {
    let arguments = prop_oneof![
        vec(any_raw(), 0..3).prop_map(ServiceArguments::Untyped),
        vec((any::<i32>(), any_raw()), 0..3).prop_map(ServiceArguments::Typed),
    ];
    let context = vec((any::<String>(), any_raw()), 0..3);
    let invoke = (
        any::<(String, String, bool, i64)>(),
        nodes(),
        arguments,
        context,
    )
        .prop_map(
            |((service, method, keep_binary, timeout), nodes, arguments, context)| InvokeService {
                service,
                keep_binary,
                timeout,
                nodes,
                method,
                arguments,
                context,
            },
        );
    prop_oneof![
        invoke.prop_map(Request::InvokeService),
        Just(Request::ServiceDescriptors(())),
        any::<String>().prop_map(Request::ServiceDescriptor),
        any::<String>().prop_map(Request::ServiceNodes),
    ]
    .boxed()
}

fn descriptor() -> impl Strategy<Value = ServiceDescriptor> {
    let texts = any::<(String, String, i32, i32, Option<String>)>();
    (texts, any_uuid(), select(Platform::ALL)).prop_map(
        |((name, class, total_count, per_node_count, cache), origin, platform)| ServiceDescriptor {
            name,
            class,
            total_count,
            per_node_count,
            cache,
            origin,
            platform,
        },
    )
}

fn atomic_long() -> BoxedStrategy<Request> {
    let name = || {
        any::<(String, Option<String>)>().prop_map(|(name, group)| AtomicLongName { name, group })
    };
    let configuration = (select(CacheMode::ALL), any::<(i32, i32, Option<String>)>()).prop_map(
        |(mode, (reserve_size, backups, group))| AtomicConfiguration {
            reserve_size,
            mode,
            backups,
            group,
        },
    );
    let create = (any::<(String, i64)>(), option::of(configuration)).prop_map(
        |((name, initial), configuration)| CreateAtomicLong {
            name,
            initial,
            configuration,
        },
    );
    let compare = (name(), any::<(i64, i64)>()).prop_map(|(name, (expected, value))| {
        CompareAndSetAtomicLong {
            name,
            expected,
            value,
        }
    });
    prop_oneof![
        create.prop_map(Request::CreateAtomicLong),
        name().prop_map(Request::RemoveAtomicLong),
        name().prop_map(Request::AtomicLongExists),
        name().prop_map(Request::AtomicLongValue),
        (name(), any::<i64>()).prop_map(Request::AddToAtomicLong),
        (name(), any::<i64>()).prop_map(Request::SetAtomicLong),
        compare.clone().prop_map(Request::CompareAndSetAtomicLong),
        compare.prop_map(Request::CompareAndSetAndGetAtomicLong),
    ]
    .boxed()
}

fn set_name() -> impl Strategy<Value = SetName> {
    any::<(String, i32, bool)>().prop_map(|(name, cache, collocated)| SetName {
        name,
        cache: CacheId(cache),
        collocated,
    })
}

fn set() -> BoxedStrategy<Request> {
    let modes = (select(AtomicityMode::ALL), select(CacheMode::ALL));
    let configuration = (modes, any::<(i32, Option<String>, bool)>()).prop_map(
        |((atomicity, mode), (backups, group, collocated))| SetConfiguration {
            atomicity,
            mode,
            backups,
            group,
            collocated,
        },
    );
    let open =
        (any::<String>(), option::of(configuration)).prop_map(|(name, configuration)| OpenSet {
            name,
            configuration,
        });
    let iterate = (set_name(), any::<i32>())
        .prop_map(|(set, page_size)| Request::IterateSet(IterateSet { set, page_size }));
    let page = any::<(i64, i32)>().prop_map(|(id, page_size)| {
        Request::SetPage(SetPageRequest {
            iterator: ResourceId(id),
            page_size,
        })
    });
    prop_oneof![
        open.prop_map(Request::OpenSet),
        set_name().prop_map(Request::CloseSet),
        set_name().prop_map(Request::SetExists),
        set_name().prop_map(Request::SetSize),
        set_name().prop_map(Request::ClearSet),
        iterate,
        page,
    ]
    .boxed()
}

fn values_of_a_set() -> BoxedStrategy<Request> {
    let one =
        (set_name(), any::<bool>(), any_raw()).prop_map(|(set, keep_binary, value)| SetValue {
            set,
            keep_binary,
            value,
        });
    let several =
        (set_name(), any::<bool>(), vec(any_raw(), 0..3)).prop_map(|(set, keep_binary, values)| {
            SetValues {
                set,
                keep_binary,
                values,
            }
        });
    let of_one = select(
        &[
            Request::AddToSet,
            Request::RemoveFromSet,
            Request::SetContains,
        ][..],
    );
    let of_several = select(
        &[
            Request::AddAllToSet,
            Request::RemoveAllFromSet,
            Request::SetContainsAll,
            Request::RetainInSet,
        ][..],
    );
    prop_oneof![
        (one, of_one).prop_map(|(value, request)| request(value)),
        (several, of_several).prop_map(|(values, request)| request(values)),
    ]
    .boxed()
}
