#[derive(portway_ignite::IgniteObject)]
struct Person {
    #[ignite(array)]
    age: i32,
}

fn main() {}
