//! How a thread is reached: orders for it, and a bell that wakes it.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering, fence},
    },
};

use mio::Waker;

use super::order::Order;

/// What others know of a thread. Only when somebody has something to say does it take a lock.
#[derive(Debug)]
pub(super) struct Bell {
    waker: Waker,
    /// The thread sleeps, or is about to look once more before it does.
    sleeps: AtomicBool,
    has_orders: AtomicBool,
    ends: AtomicBool,
    /// A few at most: an order takes the place of those that it makes void.
    orders: Mutex<VecDeque<Order>>,
}

impl Bell {
    pub(super) fn new(waker: Waker) -> Self {
        Self {
            waker,
            sleeps: AtomicBool::new(false),
            has_orders: AtomicBool::new(false),
            ends: AtomicBool::new(false),
            orders: Mutex::new(VecDeque::new()),
        }
    }

    /// Gives an order, which is obeyed before the next turn.
    pub(super) fn send(&self, order: Order) {
        let mut orders = self.lock();
        orders.retain(|earlier| !order.makes_void(earlier));
        orders.push_back(order);
        drop(orders);
        self.has_orders.store(true, Ordering::Release);
        self.ring();
    }

    /// Tells the thread to end.
    pub(super) fn end(&self) {
        self.ends.store(true, Ordering::Release);
        self.ring();
    }

    pub(super) fn is_to_end(&self) -> bool {
        self.ends.load(Ordering::Acquire)
    }

    /// The next order.
    #[inline]
    pub(super) fn take(&self) -> Option<Order> {
        if !self.has_orders.load(Ordering::Acquire) {
            return None;
        }
        let mut orders = self.lock();
        let order = orders.pop_front();
        self.has_orders.store(!orders.is_empty(), Ordering::Release);
        order
    }

    /// Wakes the thread if it sleeps. What it is to find was written before.
    pub(super) fn ring(&self) {
        // With the fence of `doze` one of both sees what the other one wrote.
        fence(Ordering::SeqCst);
        if self.sleeps.load(Ordering::Relaxed) {
            // It fails only when the counter behind it is full: then the thread is awake.
            let _ = self.waker.wake();
        }
    }

    /// The thread says that it goes to sleep, and then looks once more whether there is something to do.
    pub(super) fn doze(&self) {
        self.sleeps.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// The thread is awake.
    pub(super) fn rise(&self) {
        self.sleeps.store(false, Ordering::Relaxed);
    }

    /// Whether something was said to it.
    pub(super) fn has_news(&self) -> bool {
        self.has_orders.load(Ordering::Acquire) || self.is_to_end()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Order {
    /// Whether an earlier order need not be obeyed any more once this one was given.
    fn makes_void(&self, earlier: &Self) -> bool {
        match self {
            Self::Pause | Self::Resume => matches!(earlier, Self::Pause | Self::Resume),
            Self::Rules(_) => matches!(earlier, Self::Rules(_)),
        }
    }
}
