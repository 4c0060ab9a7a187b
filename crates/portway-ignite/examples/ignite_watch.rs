//! Prints what is in a cache, and then each change, also when nodes are lost meanwhile.
//!
//! `cargo run --example ignite_watch -- 127.0.0.1:10800,127.0.0.1:10801 people`
//!
//! It ends when it is interrupted, or, with `once` behind the name, when it knows the entries.

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::error::Error;

use portway_ignite::{
    Cache, CacheConfiguration, Change, Client, ClientConfiguration, ScanQuery, Value, WatchOptions,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let addresses = arguments.next().unwrap_or("127.0.0.1:10800".into());
    let name = arguments.next().unwrap_or("example-watch".into());
    let is_once = arguments.next().is_some_and(|word| word == "once");
    let client = Client::connect(ClientConfiguration::new(addresses.split(','))).await?;
    let cache: Cache<Value, Value> = client
        .get_or_create_cache(CacheConfiguration::new(name))
        .await?;
    let options = WatchOptions::new()
        .scan_at_start(ScanQuery::new())
        .scan_after_gaps(ScanQuery::new());
    let mut watch = cache.watch(options).await?;
    while let Some(change) = watch.next().await {
        match change? {
            Change::Found { key, value } => println!("there is {key:?}: {value:?}"),
            Change::AllFound => {
                println!("that is all; now the changes");
                if is_once {
                    break;
                }
            }
            Change::Event(event) => println!("{event:?}"),
            Change::Gap { reason } => println!("changes may be missed: {reason}"),
            Change::Resumed { after } => println!("changes are told again after {after:.1?}"),
            other => println!("{other:?}"),
        }
    }
    Ok(())
}
