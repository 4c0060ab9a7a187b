#[derive(portway_ignite::IgniteObject)]
#[ignite(name = "Person")]
struct Human {
    age: i32,
}

fn main() {}
