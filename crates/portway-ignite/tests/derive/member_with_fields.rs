#[derive(portway_ignite::IgniteObject)]
enum Shape {
    Round { radius: f64 },
    Square,
}

fn main() {}
