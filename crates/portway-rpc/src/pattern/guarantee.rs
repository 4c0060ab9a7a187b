//! The promise of a delivery, as a type.

use super::{Delivery, Received};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::AtMostOnce {}
    impl Sealed for super::AtLeastOnce {}
}

/// What is promised about the delivery of a message: [`AtMostOnce`] or [`AtLeastOnce`].
///
/// The guarantee decides what a receiver is handed, so that a program that must acknowledge cannot
/// forget to, and one that cannot does not compile.
pub trait Guarantee: sealed::Sealed + Send + Sync + 'static {
    /// What a receiver is handed for each message.
    type Received<T: Send + 'static>: Send + 'static;
}

/// A message arrives once or not at all. What a receiver was too slow for is counted and told to
/// it as [`Received::Missed`].
#[derive(Clone, Copy, Debug)]
pub enum AtMostOnce {}

/// A message is kept until a receiver has acknowledged it; it may arrive more than once. A receiver
/// is handed a [`Delivery`] and settles it.
#[derive(Clone, Copy, Debug)]
pub enum AtLeastOnce {}

impl Guarantee for AtMostOnce {
    type Received<T: Send + 'static> = Received<T>;
}

impl Guarantee for AtLeastOnce {
    type Received<T: Send + 'static> = Delivery<T>;
}
