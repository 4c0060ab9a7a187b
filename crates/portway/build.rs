//! Tells the linker in which order the code of a release build lies: what gateways and grids run at their start lies
//! side by side (`link/order.ld`).

use std::{env, path::Path};

/// Set to anything, it leaves the order to the linker: for one that reads no scripts (mold), and for `scripts/order-code`.
const UNORDERED: &str = "PORTWAY_UNORDERED";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=link/order.ld");
    println!("cargo:rerun-if-env-changed={UNORDERED}");
    let is_linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    if is_linux && is_optimized() && env::var_os(UNORDERED).is_none() {
        let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts");
        let script = Path::new(&folder).join("link/order.ld");
        println!("cargo:rustc-link-arg-bins=-T{}", script.display());
    }
}

/// Other builds are made often, and their pages are nobody's concern.
fn is_optimized() -> bool {
    env::var("OPT_LEVEL").is_ok_and(|level| level != "0")
}
