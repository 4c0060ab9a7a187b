//! What must not compile.

#[test]
fn what_a_transport_does_not_give_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
