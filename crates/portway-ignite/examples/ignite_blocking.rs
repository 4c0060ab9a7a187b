//! The same client for a program without a runtime.
//!
//! `cargo run -p portway-ignite --features blocking --example ignite_blocking -- ADDRESS`

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::blocking::Client;
use portway_ignite::{CacheConfiguration, ClientConfiguration, Error, ScanQuery};

fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:10800".to_owned());
    let client = Client::connect(ClientConfiguration::new([address]))?;
    let squares = client.get_or_create_cache::<i32, i32>(CacheConfiguration::new("squares"))?;
    for number in 0..10 {
        squares.put(&number, &(number * number))?;
    }
    for entry in squares.scan(ScanQuery::new())? {
        let (number, square) = entry?;
        println!("{number} x {number} = {square}");
    }
    Ok(())
}
