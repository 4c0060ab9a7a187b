#[derive(portway_ignite::IgniteObject)]
union Either {
    number: i32,
    other: f32,
}

fn main() {}
