#[derive(portway_ignite::IgniteObject)]
enum Shape {
    Round,
    #[ignite(rename = "Round")]
    Square,
}

fn main() {}
