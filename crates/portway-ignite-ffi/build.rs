//! Names the shared library, so that programs linked with it look for `libignite.so`, and keeps it in
//! memory once it is loaded: the thread of a client that nobody has freed runs its code.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libignite.so");
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
