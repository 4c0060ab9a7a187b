//! The faces of the ends of transports, which have types where the ends have bytes.

/// Declares the face of an end: a structure around it, how it is made, and how it is shown.
macro_rules! face {
    ($(#[$documentation:meta])* $name:ident { $end:ident: $type:ty } $(shows $shown:expr)?) => {
        $(#[$documentation])*
        pub struct $name<T, C> {
            $end: $type,
            types: std::marker::PhantomData<fn() -> (T, C)>,
        }

        impl<T, C> $name<T, C> {
            pub(super) fn new($end: $type) -> Self {
                let types = std::marker::PhantomData;
                Self { $end, types }
            }
        }

        impl<T, C> std::fmt::Debug for $name<T, C> {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = formatter.debug_struct(stringify!($name));
                $(
                    let name: fn(&$type) -> &str = $shown;
                    shown.field("name", &name(&self.$end));
                )?
                shown.finish_non_exhaustive()
            }
        }
    };
}

/// Declares the face of an end that sends, with its role; clones send the same way.
#[cfg(any(feature = "amqp", feature = "nats"))]
macro_rules! sender {
    (
        $(#[$documentation:meta])*
        $name:ident { $end:ident: $type:ty } $(shows $shown:expr)?,
        $role:ident<$guarantee:ident>::$method:ident
    ) => {
        $crate::pattern::ends::face! {
            $(#[$documentation])* $name { $end: $type } $(shows $shown)?
        }

        impl<T, C> Clone for $name<T, C> {
            fn clone(&self) -> Self {
                Self::new(self.$end.clone())
            }
        }

        impl<T, C> $crate::pattern::$role<T, $crate::pattern::$guarantee> for $name<T, C>
        where
            T: Send + 'static,
            C: $crate::Codec<T>,
        {
            async fn $method(
                &self,
                message: impl Into<$crate::pattern::Message<T>> + Send,
            ) -> Result<(), $crate::pattern::SendError> {
                let message = $crate::pattern::wire::encode::<T, C>(message.into())?;
                self.$end.send(message).await
            }
        }
    };
}

/// Declares that the face of an end sends notifications too.
#[cfg(any(feature = "amqp", feature = "nats"))]
macro_rules! notifier {
    ($name:ident { $end:ident }) => {
        impl<T, C> $crate::pattern::Notify<T> for $name<T, C>
        where
            T: Send + 'static,
            C: $crate::Codec<T>,
        {
            fn notify(
                &self,
                message: impl Into<$crate::pattern::Message<T>>,
            ) -> Result<(), $crate::pattern::SendError> {
                let message = $crate::pattern::wire::encode::<T, C>(message.into())?;
                self.$end.try_send(message)
            }
        }
    };
}

/// Declares the face of an end that receives, with its role.
macro_rules! receiver {
    (
        $(#[$documentation:meta])*
        $name:ident { $end:ident: $type:ty } $(shows $shown:expr)?,
        $role:ident<$guarantee:ident>::$method:ident -> $received:ident
    ) => {
        $crate::pattern::ends::face! {
            $(#[$documentation])* $name { $end: $type } $(shows $shown)?
        }

        impl<T, C> $crate::pattern::$role<T, $crate::pattern::$guarantee> for $name<T, C>
        where
            T: Send + 'static,
            C: $crate::Codec<T>,
        {
            async fn $method(
                &mut self,
            ) -> Result<$crate::pattern::$received<T>, $crate::pattern::ReceiveError> {
                self.$end.next::<T, C>().await
            }
        }
    };
}

pub(crate) use {face, receiver};
#[cfg(any(feature = "amqp", feature = "nats"))]
pub(crate) use {notifier, sender};
