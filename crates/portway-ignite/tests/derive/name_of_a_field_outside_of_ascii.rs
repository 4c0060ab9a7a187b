#[derive(portway_ignite::IgniteObject)]
struct Person {
    größe: i32,
}

fn main() {}
