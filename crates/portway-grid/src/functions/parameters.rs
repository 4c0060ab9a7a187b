//! The arguments of a service's method: a tuple of values.

use portway_ignite_protocol::ReadValue;

/// What a method of a service takes: a tuple of up to eight values, `()` for none.
pub trait Parameters: sealed::Parameters {}

pub(crate) mod sealed {
    use portway_ignite_protocol::{DecodeError, RawValue, ReadValue, SchemaSource};

    pub trait Parameters: Sized + Send + 'static {
        /// How many there are.
        const COUNT: usize;

        /// Reads so many arguments.
        fn read(
            arguments: &[RawValue],
            numbers: Numbers,
            schemas: &dyn SchemaSource,
        ) -> Result<Self, DecodeError>;
    }

    /// Which numbers a parameter takes.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Numbers {
        /// Those of its type.
        Exact,
        /// Those of smaller types too, as Java's reflection.
        Widened,
    }

    impl Numbers {
        pub(super) fn read<T: ReadValue>(
            self,
            argument: &RawValue,
            schemas: &dyn SchemaSource,
        ) -> Result<T, DecodeError> {
            match self {
                Self::Exact => argument.read_with(schemas),
                Self::Widened => argument.read_column(schemas),
            }
        }
    }
}

macro_rules! tuple {
    ($($name:ident $index:tt),*; $count:literal) => {
        impl<$($name: ReadValue + Send + 'static),*> Parameters for ($($name,)*) {}

        impl<$($name: ReadValue + Send + 'static),*> sealed::Parameters for ($($name,)*) {
            const COUNT: usize = $count;

            fn read(
                arguments: &[portway_ignite_protocol::RawValue],
                numbers: sealed::Numbers,
                schemas: &dyn portway_ignite_protocol::SchemaSource,
            ) -> Result<Self, portway_ignite_protocol::DecodeError> {
                let _ = (arguments, numbers, schemas);
                Ok(($(numbers.read::<$name>(&arguments[$index], schemas)?,)*))
            }
        }
    };
}

tuple!(; 0);
tuple!(A 0; 1);
tuple!(A 0, B 1; 2);
tuple!(A 0, B 1, C 2; 3);
tuple!(A 0, B 1, C 2, D 3; 4);
tuple!(A 0, B 1, C 2, D 3, E 4; 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5; 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6; 7);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7; 8);
