#[derive(portway_ignite::IgniteObject)]
struct Key {
    #[ignite(affinity_key)]
    customer: i64,
    #[ignite(affinity_key)]
    order: i64,
}

fn main() {}
