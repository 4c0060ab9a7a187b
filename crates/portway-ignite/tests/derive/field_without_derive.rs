struct Address {
    street: String,
}

#[derive(portway_ignite::IgniteObject)]
struct Person {
    address: Address,
}

fn main() {}
