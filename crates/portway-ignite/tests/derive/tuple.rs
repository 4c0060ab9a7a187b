#[derive(portway_ignite::IgniteObject)]
struct Pair(i32, i32);

fn main() {}
