#[derive(portway_ignite::IgniteObject)]
struct Person {
    #[ignite(name = "NAME")]
    name: String,
}

fn main() {}
