//! What both ends of a pattern share: a name, the type of the bodies, and their codec.

use std::{borrow::Cow, fmt, marker::PhantomData};

use super::Json;

macro_rules! definition {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        pub struct $name<T, C = Json> {
            name: Cow<'static, str>,
            types: PhantomData<fn() -> (T, C)>,
        }

        impl<T, C> $name<T, C> {
            /// One with a name that is known when the program is compiled.
            #[must_use]
            pub const fn new(name: &'static str) -> Self {
                Self { name: Cow::Borrowed(name), types: PhantomData }
            }

            /// One with a name that is known when the program runs.
            #[must_use]
            pub fn named(name: impl Into<String>) -> Self {
                Self { name: Cow::Owned(name.into()), types: PhantomData }
            }

            /// The name.
            #[must_use]
            pub fn name(&self) -> &str {
                &self.name
            }
        }

        impl<T, C> Clone for $name<T, C> {
            fn clone(&self) -> Self {
                Self { name: self.name.clone(), types: PhantomData }
            }
        }

        impl<T, C> fmt::Debug for $name<T, C> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_tuple(stringify!($name)).field(&self.name).finish()
            }
        }
    };
}

definition! {
    /// What is published and subscribed to: bodies of type `T`, written by the codec `C`.
    ///
    /// Names are words with dots between them, as brokers like them: `orders.placed`.
    ///
    /// ```
    /// use portway_rpc::pattern::Topic;
    ///
    /// const PLACED: Topic<String> = Topic::new("orders.placed");
    /// assert_eq!(PLACED.name(), "orders.placed");
    /// ```
    Topic
}

definition! {
    /// Where jobs of type `T`, written by the codec `C`, wait for a worker.
    ///
    /// ```
    /// use portway_rpc::{Protobuf, pattern::Queue};
    ///
    /// /// Prost's types for the well-known wrappers of a number.
    /// const NUMBERS: Queue<u64, Protobuf> = Queue::new("numbers");
    /// assert_eq!(NUMBERS.name(), "numbers");
    /// ```
    Queue
}
