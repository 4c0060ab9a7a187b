#[derive(portway_ignite::IgniteObject)]
enum Shape {
    Round,
    Square,
}

fn main() {}
