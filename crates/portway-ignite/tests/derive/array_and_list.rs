#[derive(portway_ignite::IgniteObject)]
struct Person {
    #[ignite(array, list)]
    names: Vec<String>,
}

fn main() {}
