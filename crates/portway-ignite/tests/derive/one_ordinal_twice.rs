#[derive(portway_ignite::IgniteObject)]
enum Shape {
    Round = 1,
    #[ignite(ordinal = 1)]
    Square,
}

fn main() {}
