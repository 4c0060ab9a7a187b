//! The outcome of an asynchronous call, and where it is delivered.

use std::ffi::c_void;
use std::sync::Arc;

use portway_ignite::RawValue;
use tokio::sync::OwnedSemaphorePermit;

use crate::completions::{Completions, IgniteCompletions};
use crate::failure::{Failure, IgniteError};
use crate::handle;
use crate::input;
use crate::result::IgniteResult;
use crate::value::{IgniteValue, OwnedValue};

/// What an `ignite_completion` tells: one of the `IGNITE_COMPLETION_` numbers.
pub type IgniteCompletionKind = i32;

/// A call has ended: `result` says how, `value` and `done` are its answer.
pub const IGNITE_COMPLETION_CALL: IgniteCompletionKind = 0;
/// An entry was created: `key`, `value`.
pub const IGNITE_COMPLETION_CREATED: IgniteCompletionKind = 1;
/// An entry was changed: `key`, `old`, `value`.
pub const IGNITE_COMPLETION_UPDATED: IgniteCompletionKind = 2;
/// An entry was removed: `key`, `old`.
pub const IGNITE_COMPLETION_REMOVED: IgniteCompletionKind = 3;
/// An entry has expired: `key`, `old`.
pub const IGNITE_COMPLETION_EXPIRED: IgniteCompletionKind = 4;
/// A continuous query has ended: `result` says why. Nothing more comes from it.
pub const IGNITE_COMPLETION_END: IgniteCompletionKind = 5;

/// The outcome of an asynchronous call, or an event of a continuous query.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IgniteCompletion {
    /// What the caller gave in the sink.
    pub user: *mut c_void,
    /// What is told.
    pub kind: IgniteCompletionKind,
    /// How it went; all members but `user`, `kind` and `error` count only if it is
    /// `IGNITE_RESULT_OK`.
    pub result: IgniteResult,
    /// What a call answers that says whether it did something.
    pub done: bool,
    /// The key of an event.
    pub key: IgniteValue,
    /// The value that a call answers, or that an event has set; null if there is none.
    pub value: IgniteValue,
    /// The value before an event; null if there was none.
    pub old: IgniteValue,
    /// What went wrong.
    pub error: IgniteError,
}

/// Is told of completions. It is called on the client's thread, one call after the other, and holds
/// up all other traffic of the client: it should be short, and may not wait for the grid. The
/// values
/// are there until it returns. If it throws, the process is aborted.
pub type IgniteCallback = Option<unsafe extern "C-unwind" fn(completion: *const IgniteCompletion)>;

/// Where completions go: to a callback, or to a queue. One of both must be null.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IgniteSink {
    /// Is called with each completion.
    pub callback: IgniteCallback,
    /// Keeps each completion until it is taken.
    pub completions: *const IgniteCompletions,
    /// Handed back with each completion, and not looked at.
    pub user: *mut c_void,
}

/// What the caller gave to be handed back.
#[derive(Clone, Copy)]
struct User(*mut c_void);

// SAFETY: the pointer is handed back and never followed; the documentation says on which thread.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

/// Where completions go, checked.
#[derive(Clone)]
pub(crate) struct Sink {
    target: Target,
    user: User,
}

#[derive(Clone)]
enum Target {
    Callback(unsafe extern "C-unwind" fn(*const IgniteCompletion)),
    Queue(Arc<Completions>),
}

/// A completion before the caller sees it.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) kind: IgniteCompletionKind,
    pub(crate) outcome: Result<Answer, Failure>,
    /// Its place among the unfinished calls.
    pub(crate) place: OwnedSemaphorePermit,
}

/// What a call answers, or an event tells.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) done: bool,
    pub(crate) key: Option<RawValue>,
    pub(crate) value: Option<RawValue>,
    pub(crate) old: Option<RawValue>,
}

/// A completion in the queue, with what the caller gave.
pub(crate) struct Queued {
    completion: Completion,
    user: User,
}

impl Sink {
    /// # Safety
    /// `sink` is null or may be read, and its callback may be called on any thread.
    pub(crate) unsafe fn read(sink: *const IgniteSink) -> Result<Self, Failure> {
        // SAFETY: as the caller promises.
        let sink = unsafe { input::one(sink, "sink")? };
        let target = match (sink.callback, sink.completions.is_null()) {
            (Some(callback), true) => Target::Callback(callback),
            (None, false) => Target::Queue(handle::find::<Completions>(sink.completions)?),
            _ => {
                let message = "a sink has either a callback or a queue of completions";
                return Err(Failure::argument(message));
            }
        };
        Ok(Self {
            target,
            user: User(sink.user),
        })
    }

    pub(crate) fn deliver(&self, completion: Completion) {
        match &self.target {
            Target::Callback(callback) => completion.show(self.user, *callback),
            Target::Queue(queue) => queue.add(Queued {
                completion,
                user: self.user,
            }),
        }
    }

    /// Whether nobody can be told any more.
    pub(crate) fn is_closed(&self) -> bool {
        match &self.target {
            Target::Callback(_) => false,
            Target::Queue(queue) => queue.is_closed(),
        }
    }
}

impl Completion {
    /// Calls back with views of the values, which live until the callback returns.
    fn show(self, user: User, callback: unsafe extern "C-unwind" fn(*const IgniteCompletion)) {
        let view = |value: &RawValue| IgniteValue::view(value.as_bytes());
        let shown = match &self.outcome {
            Ok(answer) => answer
                .with(view)
                .map(|content| content.complete(user, self.kind)),
            Err(failure) => Err(failure.clone()),
        };
        let mut shown = shown.unwrap_or_else(|failure| failed(user, self.kind, &failure));
        // The call is over: the callback may begin another one in its place.
        drop(self.place);
        // A callback may release its values, which makes them null: nothing else looks at them.
        call_back(callback, &raw mut shown);
    }
}

/// A function that cannot be unwound through: a callback that throws ends the process here, where
/// otherwise it would tear the client's thread down and leave everyone waiting.
extern "C" fn call_back(
    callback: unsafe extern "C-unwind" fn(*const IgniteCompletion),
    completion: *mut IgniteCompletion,
) {
    // SAFETY: the caller promised a function that may be called with a completion, which is there.
    unsafe { callback(completion) }
}

impl Queued {
    /// The completion as the caller takes it: its values own their bytes.
    pub(crate) fn take(self) -> IgniteCompletion {
        let Completion { kind, outcome, .. } = self.completion;
        outcome
            .and_then(|answer| answer.with(|value| IgniteValue::owning(value.clone())))
            .map(|content| content.map(OwnedValue::hand_over).complete(self.user, kind))
            .unwrap_or_else(|failure| failed(self.user, kind, &failure))
    }
}

/// The values of a completion, shown or owned.
struct Content<V> {
    done: bool,
    key: V,
    value: V,
    old: V,
}

impl Answer {
    fn with<V>(
        &self,
        show: impl Fn(&RawValue) -> Result<V, Failure>,
    ) -> Result<Content<V>, Failure> {
        let optional = |value: &Option<RawValue>| show(value.as_ref().unwrap_or(&RawValue::NULL));
        Ok(Content {
            done: self.done,
            key: optional(&self.key)?,
            value: optional(&self.value)?,
            old: optional(&self.old)?,
        })
    }
}

impl<V> Content<V> {
    fn map<W>(self, each: impl Fn(V) -> W) -> Content<W> {
        Content {
            done: self.done,
            key: each(self.key),
            value: each(self.value),
            old: each(self.old),
        }
    }
}

impl Content<IgniteValue> {
    fn complete(self, user: User, kind: IgniteCompletionKind) -> IgniteCompletion {
        IgniteCompletion {
            user: user.0,
            kind,
            result: IgniteResult::Ok,
            done: self.done,
            key: self.key,
            value: self.value,
            old: self.old,
            error: IgniteError::NONE,
        }
    }
}

fn failed(user: User, kind: IgniteCompletionKind, failure: &Failure) -> IgniteCompletion {
    IgniteCompletion {
        user: user.0,
        kind,
        result: failure.result(),
        done: false,
        key: IgniteValue::NULL,
        value: IgniteValue::NULL,
        old: IgniteValue::NULL,
        error: failure.to_error(),
    }
}
