//! A JSON-RPC service: `curl -d '{"jsonrpc":"2.0","method":"hello","params":["Ada"],"id":1}' http://127.0.0.1:3000/Greeter`

use axum::Router;

struct Greeter;

/// Greets.
#[portway_function::json_rpc]
impl Greeter {
    /// Greets somebody by name.
    pub(crate) async fn hello(&self, name: String) -> String {
        format!("Hello, {name}!")
    }
}

#[portway_function::main]
async fn app() -> Router {
    portway_function::json_rpc::router(Greeter)
}
