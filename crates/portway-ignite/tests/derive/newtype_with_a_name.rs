#[derive(portway_ignite::IgniteObject)]
#[ignite(type_name = "com.example.CustomerId")]
struct CustomerId(i64);

fn main() {}
