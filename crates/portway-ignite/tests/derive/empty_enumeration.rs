#[derive(portway_ignite::IgniteObject)]
enum Nothing {}

fn main() {}
