//! Futures that are seldom needed.

use std::pin::Pin;
use std::task::{Context, Poll};

/// A future of which only the box is known.
pub(crate) type Boxed<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;

/// A future in a box that is made and polled out of line. Inlined where it is awaited, its code and
/// its place on the stack would be paid for by all who await it and never need it.
pub(crate) struct Seldom<F>(Pin<Box<F>>);

impl<F: Future> Seldom<F> {
    #[cold]
    #[inline(never)]
    pub(crate) fn new(make: impl FnOnce() -> F) -> Self {
        Self(Box::pin(make()))
    }
}

impl<F: Future> Future for Seldom<F> {
    type Output = F::Output;

    #[cold]
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}
