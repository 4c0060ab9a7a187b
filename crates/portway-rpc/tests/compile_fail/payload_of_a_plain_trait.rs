//! Only a message of a `.proto` can carry a field of bulk bytes behind its others.

use portway_rpc::{Context, Status};

#[portway_rpc::service]
pub trait Store {
    #[rpc(request_payload(content = 1))]
    async fn put(&self, context: Context, request: Vec<u8>) -> Result<(), Status>;
}

fn main() {}
