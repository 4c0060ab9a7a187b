//! Tuples as lists of arguments.

use portway_ignite_protocol::WriteValue;

use crate::client::Argument;

/// What stands for the question marks of a statement, or is handed to an entry processor: a tuple
/// of up to twelve values of any types, owned or borrowed, such as `(1, "Ada", &born)`; `()` for
/// none, and `(5,)` for one.
pub trait Arguments<'q>: sealed::Sealed<'q> {}

impl<'q, T: sealed::Sealed<'q>> Arguments<'q> for T {}

pub(crate) mod sealed {
    use crate::client::Argument;

    pub trait Sealed<'q>: Sized {
        #[expect(private_interfaces, reason = "nobody else can name this trait")]
        fn into_list(self) -> Vec<Argument<'q>>;
    }
}

macro_rules! tuples {
    ($($($name:ident)*;)*) => {$(
        impl<'q, $($name: WriteValue + Send + Sync + 'q),*> sealed::Sealed<'q> for ($($name,)*) {
            #[expect(private_interfaces, reason = "nobody else can name this trait")]
            #[expect(non_snake_case, reason = "a value is named like its type here")]
            fn into_list(self) -> Vec<Argument<'q>> {
                let ($($name,)*) = self;
                vec![$(Argument::new($name)),*]
            }
        }
    )*};
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}

impl<'q> sealed::Sealed<'q> for () {
    #[expect(private_interfaces, reason = "nobody else can name this trait")]
    fn into_list(self) -> Vec<Argument<'q>> {
        Vec::new()
    }
}
