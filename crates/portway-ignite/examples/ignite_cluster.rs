//! Looks at the cluster: its state, its nodes, groups of nodes.
//!
//! `cargo run -p portway-ignite --example ignite_cluster -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{Client, ClientConfiguration};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    let cluster = client.cluster();
    println!("the cluster is {:?}", cluster.state().await?);
    for node in cluster.servers().nodes().await? {
        let java: Option<String> = node.attribute("java.version")?;
        let java = java.as_deref().unwrap_or("?");
        println!("{} has version {} on Java {java}", node.id, node.version);
    }
    let role = "portway.role";
    let group = cluster.group().with_attribute(role, "server");
    println!("{} nodes with {role}=server", group.ids().await?.len());
    println!("reached at {:?}", cluster.endpoints().await?);
    Ok(())
}
