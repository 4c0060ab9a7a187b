//! A Rust program that uses the library as any other language does: through its two oldest
//! functions.

#[allow(non_snake_case, reason = "the names of the library")]
mod ignite {
    unsafe extern "C" {
        pub safe fn CachePut(key: i32, value: i32);
        pub safe fn CacheGet(key: i32) -> i32;
    }
}

fn main() {
    ignite::CachePut(42, 43);
    println!("Result from cache: {}", ignite::CacheGet(42));
}
