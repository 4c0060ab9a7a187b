#[derive(portway_ignite::IgniteObject)]
struct Wrapper<T> {
    value: T,
}

fn main() {}
