//! Finds `libignite.so` in the folder that `IGNITE_LIBRARY` names.

fn main() {
    println!("cargo:rerun-if-env-changed=IGNITE_LIBRARY");
    if let Ok(folder) = std::env::var("IGNITE_LIBRARY") {
        println!("cargo:rustc-link-search=native={folder}");
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
    println!("cargo:rustc-link-lib=dylib=ignite");
}
