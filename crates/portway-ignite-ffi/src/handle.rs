//! Handles: what the caller holds in place of a pointer.
//!
//! A handle looks like a pointer and is none. Its bits name a kind of thing, a place in a table and
//! how often that place has been used:
//!
//! ```text
//!  63      56 55      48 47             24 23              0
//! ┌──────────┬──────────┬─────────────────┬─────────────────┐
//! │   0xA5   │   kind   │   generation    │      place      │
//! └──────────┴──────────┴─────────────────┴─────────────────┘
//! ```
//!
//! So a handle that was freed, or is of another kind, or was never given out, is an error and no
//! undefined behaviour; and since such an address exists on no machine, a program that follows it
//! stops at once. A place is used again after all other vacant ones, and is given up after 16 million
//! uses: no handle is given out twice.

use std::collections::VecDeque;
use std::sync::Arc;
use std::{mem, ptr};

use crate::failure::Failure;
use crate::fork_lock::ForkLock;
use crate::process;
use crate::result::IgniteResult;

#[cfg(not(target_pointer_width = "64"))]
compile_error!("handles need pointers of 64 bits");

const MARK: u64 = 0xA5;
const PLACE_BITS: u32 = 24;
const GENERATION_BITS: u32 = 24;
const KIND_BITS: u32 = 8;
/// The largest number of live things of one kind.
const PLACES: usize = 1 << PLACE_BITS;

/// A kind of thing that the caller holds handles of.
pub(crate) trait Kind: Sized + Send + Sync + 'static {
    /// The type that the caller's pointers point to.
    type Opaque;
    /// Tells the kinds apart in the bits of a handle.
    const CODE: u8;
    /// What an error message calls it.
    const NAME: &'static str;
    /// Whether it works only in the process that made it, because of a thread or a descriptor. In a
    /// child its handle is refused, and freeing it leaves it as it is: what the parent's thread was
    /// doing at the time of the fork, such as holding a lock, never ends there.
    const IS_OF_PROCESS: bool = true;

    /// The table of all things of this kind.
    fn table() -> &'static Table<Self>;
}

/// All live things of one kind.
#[derive(Debug)]
pub(crate) struct Table<T>(ForkLock<Places<T>>);

#[derive(Debug)]
struct Places<T> {
    slots: Vec<Slot<T>>,
    vacant: VecDeque<usize>,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u64,
    thing: Option<Arc<T>>,
    /// The process that made the thing.
    forks: u32,
}

impl<T: Kind> Slot<T> {
    fn is_of_parent(&self) -> bool {
        T::IS_OF_PROCESS && self.forks != process::forks()
    }
}

impl<T: Kind> Table<T> {
    pub(crate) const fn new() -> Self {
        Self(ForkLock::new(Places {
            slots: Vec::new(),
            vacant: VecDeque::new(),
        }))
    }
}

impl<T: Kind> Places<T> {
    fn live(&self, place: usize, generation: u64) -> Option<&Slot<T>> {
        let slot = self.slots.get(place)?;
        (slot.generation == generation && slot.thing.is_some()).then_some(slot)
    }

    fn vacant(&mut self) -> Option<usize> {
        if let Some(place) = self.vacant.pop_front() {
            return Some(place);
        }
        if self.slots.len() == PLACES {
            return None;
        }
        self.slots.push(Slot {
            generation: 0,
            thing: None,
            forks: 0,
        });
        Some(self.slots.len() - 1)
    }
}

/// Keeps a thing and gives out its handle.
pub(crate) fn keep<T: Kind>(thing: T) -> Result<*mut T::Opaque, Failure> {
    let mut places = T::table().0.write();
    let place = places.vacant().ok_or_else(|| {
        let message = format!(
            "{PLACES} handles of a {} are open; free some first",
            T::NAME
        );
        Failure::new(IgniteResult::TooMany, message)
    })?;
    let slot = &mut places.slots[place];
    slot.thing = Some(Arc::new(thing));
    slot.forks = process::forks();
    Ok(pointer::<T>(place, slot.generation))
}

/// The thing behind a handle; it lives on while it is used, even if the handle is freed meanwhile.
pub(crate) fn find<T: Kind>(handle: *const T::Opaque) -> Result<Arc<T>, Failure> {
    let (place, generation) = parts::<T>(handle)?;
    let places = T::table().0.read();
    let slot = places.live(place, generation).ok_or_else(freed::<T>)?;
    if slot.is_of_parent() {
        return Err(of_parent::<T>());
    }
    slot.thing.clone().ok_or_else(freed::<T>)
}

/// Frees a handle. Null is allowed and does nothing.
pub(crate) fn free<T: Kind>(handle: *const T::Opaque) -> Result<(), Failure> {
    end::<T>(handle, |_| ())
}

/// Frees a handle and ends what was behind it. Null is allowed and does nothing.
pub(crate) fn end<T: Kind>(handle: *const T::Opaque, end: impl FnOnce(&T)) -> Result<(), Failure> {
    if handle.is_null() {
        return Ok(());
    }
    if let Some(thing) = take::<T>(handle)? {
        end(&thing);
    }
    Ok(())
}

/// Frees a handle and gives back what was behind it, unless that is the parent's.
fn take<T: Kind>(handle: *const T::Opaque) -> Result<Option<Arc<T>>, Failure> {
    let (place, generation) = parts::<T>(handle)?;
    let mut places = T::table().0.write();
    let is_of_parent = places
        .live(place, generation)
        .ok_or_else(freed::<T>)?
        .is_of_parent();
    let slot = &mut places.slots[place];
    slot.generation += 1;
    let is_used_up = slot.generation > mask(GENERATION_BITS);
    let thing = slot.thing.take();
    if !is_used_up {
        places.vacant.push_back(place);
    }
    // Dropped behind the lock: what a thing does when it is dropped is its own affair.
    drop(places);
    if is_of_parent {
        mem::forget(thing);
        return Ok(None);
    }
    Ok(thing)
}

fn freed<T: Kind>() -> Failure {
    let message = format!("this {} was freed before", T::NAME);
    Failure::new(IgniteResult::InvalidHandle, message)
}

fn of_parent<T: Kind>() -> Failure {
    let message = format!(
        "this {} belongs to the process from which this one was forked; connect anew here",
        T::NAME
    );
    Failure::new(IgniteResult::InvalidHandle, message)
}

const fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

fn pointer<T: Kind>(place: usize, generation: u64) -> *mut T::Opaque {
    let kind = MARK << KIND_BITS | u64::from(T::CODE);
    let bits = (kind << GENERATION_BITS | generation) << PLACE_BITS | place as u64;
    ptr::without_provenance_mut(bits as usize)
}

fn parts<T: Kind>(handle: *const T::Opaque) -> Result<(usize, u64), Failure> {
    let invalid = |what: &str| {
        let message = format!("{what} was given where a handle of a {} is wanted", T::NAME);
        Err(Failure::new(IgniteResult::InvalidHandle, message))
    };
    if handle.is_null() {
        return invalid("null");
    }
    let bits = handle.addr() as u64;
    let kind = bits >> (PLACE_BITS + GENERATION_BITS);
    if kind >> KIND_BITS != MARK {
        return invalid("something that is no handle");
    }
    if kind & mask(KIND_BITS) != u64::from(T::CODE) {
        return invalid("a handle of another kind");
    }
    let generation = bits >> PLACE_BITS & mask(GENERATION_BITS);
    Ok(((bits & mask(PLACE_BITS)) as usize, generation))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Apple(u32);
    struct Pear;
    struct Plum;

    macro_rules! kind {
        ($name:ident, $code:literal) => {
            impl Kind for $name {
                type Opaque = u8;
                const CODE: u8 = $code;
                const NAME: &'static str = stringify!($name);

                fn table() -> &'static Table<Self> {
                    static TABLE: Table<$name> = Table::new();
                    &TABLE
                }
            }
        };
    }
    kind!(Apple, 200);
    kind!(Pear, 201);
    kind!(Plum, 202);

    fn refused<T: Kind>(handle: *const T::Opaque) -> bool {
        find::<T>(handle).is_err_and(|failure| failure.result() == IgniteResult::InvalidHandle)
    }

    #[test]
    fn a_handle_leads_to_its_thing_until_it_is_freed() {
        let handle = keep(Apple(7)).unwrap();
        assert_eq!(find::<Apple>(handle).unwrap().0, 7);
        free::<Apple>(handle).unwrap();
        assert!(refused::<Apple>(handle));
    }

    #[test]
    fn a_second_free_is_an_error_even_after_the_place_is_used_again() {
        let first = keep(Apple(1)).unwrap();
        free::<Apple>(first).unwrap();
        let others: Vec<_> = (0..64).map(|number| keep(Apple(number)).unwrap()).collect();
        assert!(free::<Apple>(first).is_err());
        for handle in others {
            free::<Apple>(handle).unwrap();
        }
    }

    #[test]
    fn a_place_is_given_up_before_its_handles_repeat() {
        let first = keep(Plum).unwrap();
        let (place, _) = parts::<Plum>(first).unwrap();
        free::<Plum>(first).unwrap();
        Plum::table().0.write().slots[place].generation = mask(GENERATION_BITS);
        let last = keep(Plum).unwrap();
        assert_eq!(parts::<Plum>(last).unwrap(), (place, mask(GENERATION_BITS)));
        free::<Plum>(last).unwrap();
        let next = keep(Plum).unwrap();
        assert_ne!(parts::<Plum>(next).unwrap().0, place);
        assert!(refused::<Plum>(first) && refused::<Plum>(last));
        assert!(free::<Plum>(last).is_err());
    }

    #[test]
    fn what_is_no_handle_of_the_kind_is_refused() {
        let apple = keep(Apple(1)).unwrap();
        let mut real = 0_u8;
        assert!(refused::<Pear>(apple));
        assert!(refused::<Apple>(ptr::null()));
        assert!(refused::<Apple>(&raw mut real));
        assert!(refused::<Apple>(pointer::<Apple>(PLACES - 1, 0)));
        free::<Apple>(apple).unwrap();
    }

    #[test]
    fn freeing_null_does_nothing() {
        assert!(free::<Apple>(ptr::null()).is_ok());
    }

    #[test]
    fn a_thing_in_use_outlives_its_handle() {
        let handle = keep(Apple(9)).unwrap();
        let used = find::<Apple>(handle).unwrap();
        free::<Apple>(handle).unwrap();
        assert_eq!(used.0, 9);
    }
}
