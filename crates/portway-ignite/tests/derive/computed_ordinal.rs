#[derive(portway_ignite::IgniteObject)]
enum Shape {
    Round = 1 << 3,
}

fn main() {}
