#[derive(portway_ignite::IgniteObject)]
struct Person {
    #[ignite(skip, rename = "NAME")]
    name: String,
}

fn main() {}
