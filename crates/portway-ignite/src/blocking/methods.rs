//! How the methods of a face are declared: one line each, as the signature of the namesake.

/// Declares methods that wait for their asynchronous namesakes of the type `$of`.
///
/// Generics and bounds stand in brackets. `->` hands out what comes; `=>` hands out what comes in a
/// face of its own.
macro_rules! waits {
    ($of:literal: $(
        $(#[$attribute:meta])*
        $name:ident $([$($generics:tt)*])? ($($argument:ident: $type:ty),* $(,)?)
        $arrow:tt $answer:ty $(where [$($bounds:tt)*])?;
    )+) => {$(
        $(#[$attribute])*
        #[doc = concat!("Waits for [`", stringify!($name), "`](crate::", $of, "::", stringify!($name), ").")]
        ///
        /// # Errors
        /// As that.
        pub fn $name $(<$($generics)*>)? (&self, $($argument: $type),*) -> $answer
        $(where $($bounds)*)?
        {
            waits!(@hand $arrow self, self.wait(self.inner.$name($($argument),*)))
        }
    )+};
    (@hand -> $face:expr, $answer:expr) => { $answer };
    (@hand => $face:expr, $answer:expr) => { $answer.map(|inner| $face.face(inner)) };
}

/// Declares methods that wait for namesakes which use up what they are called on.
macro_rules! ends {
    ($of:literal: $(
        $name:ident $([$($generics:tt)*])? () -> $answer:ty $(where [$($bounds:tt)*])?;
    )+) => {$(
        #[doc = concat!("Waits for [`", stringify!($name), "`](crate::", $of, "::", stringify!($name), ").")]
        ///
        /// # Errors
        /// As that.
        pub fn $name $(<$($generics)*>)? (self) -> $answer $(where $($bounds)*)? {
            self.background.wait(self.inner.$name())
        }
    )+};
}

/// Declares methods that do what their namesakes do, which never wait. The arrows are those of
/// [`waits`].
macro_rules! same {
    ($of:literal: $(
        $name:ident $([$($generics:tt)*])? ($($argument:ident: $type:ty),* $(,)?)
        $arrow:tt $answer:ty $(where [$($bounds:tt)*])?;
    )+) => {$(
        #[doc = concat!("See [`", stringify!($name), "`](crate::", $of, "::", stringify!($name), ").")]
        #[must_use]
        pub fn $name $(<$($generics)*>)? (&self, $($argument: $type),*) -> $answer
        $(where $($bounds)*)?
        {
            same!(@hand $arrow self, self.inner.$name($($argument),*))
        }
    )+};
    (@hand -> $face:expr, $answer:expr) => { $answer };
    (@hand => $face:expr, $answer:expr) => { $face.face($answer) };
}

/// Declares methods that set an option and hand the same thing on.
macro_rules! sets {
    ($of:literal: $($name:ident ($($argument:ident: $type:ty),* $(,)?);)+) => {$(
        #[doc = concat!("See [`", stringify!($name), "`](crate::", $of, "::", stringify!($name), ").")]
        #[must_use]
        pub fn $name(self, $($argument: $type),*) -> Self {
            let Self { inner, background } = self;
            let inner = inner.$name($($argument),*);
            Self { inner, background }
        }
    )+};
}

/// Declares iterators whose `next` waits for its namesake.
macro_rules! iterates {
    ($($of:literal: [$($generics:tt)*] $type:ty => $item:ty;)+) => {$(
        #[doc = concat!("Waits for [`next`](crate::", $of, "::next).")]
        impl<$($generics)*> Iterator for $type {
            type Item = Result<$item, Error>;

            fn next(&mut self) -> Option<Self::Item> {
                self.background.wait(self.inner.next())
            }
        }
    )+};
}

pub(super) use {ends, iterates, same, sets, waits};
