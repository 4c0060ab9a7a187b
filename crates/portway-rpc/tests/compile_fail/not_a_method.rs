//! What a service cannot have says so.

use portway_rpc::{Context, Status};

#[portway_rpc::service]
trait Store {
    fn find(&self, context: Context, key: String) -> Result<u32, Status>;
}

fn main() {}
