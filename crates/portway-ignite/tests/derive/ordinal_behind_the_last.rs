#[derive(portway_ignite::IgniteObject)]
enum Shape {
    Round = 2_147_483_647,
    Square,
}

fn main() {}
