#[derive(portway_ignite::IgniteObject)]
struct Person {
    age: u64,
}

fn main() {}
