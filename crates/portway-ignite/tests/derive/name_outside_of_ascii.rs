#[derive(portway_ignite::IgniteObject)]
struct Person {
    #[ignite(rename = "größe")]
    size: i32,
}

fn main() {}
