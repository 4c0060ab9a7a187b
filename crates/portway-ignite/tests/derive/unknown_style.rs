#[derive(portway_ignite::IgniteObject)]
#[ignite(rename_all = "kebab-case")]
struct Person {
    birth_year: i32,
}

fn main() {}
