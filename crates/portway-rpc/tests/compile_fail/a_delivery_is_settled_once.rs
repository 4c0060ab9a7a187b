//! What was acknowledged cannot be given back.

use std::time::Duration;

use portway_rpc::pattern::Delivery;

async fn twice(delivery: Delivery<String>) {
    delivery.ack().await.unwrap();
    delivery.nack(Duration::ZERO).await.unwrap();
}

fn main() {}
