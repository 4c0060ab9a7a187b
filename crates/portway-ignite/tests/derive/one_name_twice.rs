#[derive(portway_ignite::IgniteObject)]
struct Person {
    name: String,
    #[ignite(rename = "NAME")]
    other: String,
}

fn main() {}
