//! The arguments of a service call: a tuple of values.

use portway_ignite_protocol::{RawValue, TypeRegistry, WriteValue};

use crate::client::Encoder;

/// What a service is called with: a tuple of up to eight values or references to values, `()` for
/// none.
pub trait CallArguments: sealed::Arguments {}

pub(crate) mod sealed {
    use super::{Encoder, RawValue, TypeRegistry};

    pub trait Arguments {
        #[expect(private_interfaces, reason = "nobody outside can name this trait")]
        fn values(&self, encoder: &Encoder) -> Vec<RawValue>;

        fn describe(registry: &mut TypeRegistry);
    }
}

macro_rules! tuple {
    ($($name:ident $index:tt),*) => {
        impl<$($name: WriteValue),*> CallArguments for ($($name,)*) {}

        impl<$($name: WriteValue),*> sealed::Arguments for ($($name,)*) {
            #[expect(private_interfaces, reason = "nobody outside can name this trait")]
            fn values(&self, encoder: &Encoder) -> Vec<RawValue> {
                let _ = encoder;
                vec![$(encoder.value(&self.$index)),*]
            }

            fn describe(registry: &mut TypeRegistry) {
                let _ = &registry;
                $($name::describe(registry);)*
            }
        }
    };
}

tuple!();
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
