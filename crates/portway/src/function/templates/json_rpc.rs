//! A JSON-RPC service: `POST /Greeter`, with a TypeScript client in `client/`.

use axum::Router;

struct Greeter;

/// Greets people.
#[portway_function::json_rpc]
impl Greeter {
    /// Greets somebody by name.
    pub async fn hello(&self, name: String) -> String {
        format!("Hello, {name}!")
    }
}

#[portway_function::main]
async fn app() -> Router {
    portway_function::json_rpc::router(Greeter)
}
