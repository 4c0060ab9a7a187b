//! Objects that a Java program and a Rust program share: the structures of both have the same names
//! and the same fields in the same order, so keys have the same bytes.
//!
//! ```sh
//! cargo run --example ignite_shared_objects -- 127.0.0.1:10800 write
//! ```
//!
//! `write` puts an object into a cache, `read` gets the one that Java wrote. The other side is
//! `tests/peers/java-thin-client`, whose class `SharedObjects` must say the same.

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use portway_ignite::{
    Cache, CacheConfiguration, Client, ClientConfiguration, Date, Decimal, IgniteObject, Time,
    Timestamp,
};
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, IgniteObject)]
#[ignite(
    type_name = "portway.peer.SharedObjects$Colour",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
enum Colour {
    Red,
    Green,
    DarkBlue,
}

#[derive(Debug, Clone, PartialEq, IgniteObject)]
#[ignite(type_name = "portway.peer.SharedObjects$Address")]
struct Address {
    street: String,
    number: Option<i32>,
}

#[derive(Debug, PartialEq, IgniteObject)]
#[ignite(type_name = "portway.peer.SharedObjects$Key")]
struct Key {
    order: i64,
    customer: i64,
}

#[derive(Debug, PartialEq, IgniteObject)]
#[ignite(
    type_name = "portway.peer.SharedObjects$Everything",
    rename_all = "camelCase"
)]
struct Everything {
    a_byte: i8,
    a_short: i16,
    an_int: i32,
    a_long: i64,
    a_float: f32,
    a_double: f64,
    a_char: char,
    a_boolean: bool,
    boxed: Option<i32>,
    none: Option<i32>,
    text: String,
    uuid: Uuid,
    date: Date,
    timestamp: Timestamp,
    time: Time,
    decimal: Decimal,
    colour: Colour,
    bytes: Vec<u8>,
    ints: Vec<i32>,
    #[ignite(array)]
    strings: Vec<Option<String>>,
    #[ignite(array)]
    colours: Vec<Colour>,
    #[ignite(array)]
    addresses: Vec<Address>,
    list: Vec<String>,
    set: BTreeSet<i32>,
    map: BTreeMap<String, Address>,
    address: Address,
}

const KEY: Key = Key {
    order: 1,
    customer: 2,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, part] = &arguments[..] else {
        return Err("usage: ignite_shared_objects ADDRESS write|read".into());
    };
    let client = Client::connect(ClientConfiguration::new([address])).await?;
    match &**part {
        "write" => write(&client).await,
        "read" => read(&client).await,
        _ => Err("the part is write or read".into()),
    }
}

async fn write(client: &Client) -> Result<(), Box<dyn Error>> {
    let configuration = CacheConfiguration::new("shared-objects-rust");
    let cache: Cache<Key, Everything> = client.get_or_create_cache(configuration).await?;
    cache.put(&KEY, &everything()?).await?;
    println!("rust: wrote an object with a field of each type");
    Ok(())
}

async fn read(client: &Client) -> Result<(), Box<dyn Error>> {
    let cache: Cache<Key, Everything> = client.cache("shared-objects-java");
    let found = cache.get(&KEY).await?;
    let found = found.ok_or("there is no object under an equal key")?;
    let expected = everything()?;
    if found != expected {
        return Err(format!("expected {expected:?}, found {found:?}").into());
    }
    println!("rust: reads each field of the object that Java wrote, under an equal key");
    Ok(())
}

fn everything() -> Result<Everything, Box<dyn Error>> {
    let address = |street: &str, number| Address {
        street: street.to_owned(),
        number,
    };
    Ok(Everything {
        a_byte: -7,
        a_short: -700,
        an_int: 70_000,
        a_long: -7_000_000_000,
        a_float: 0.5,
        a_double: -0.1,
        a_char: '€',
        a_boolean: true,
        boxed: Some(5),
        none: None,
        text: "naïve ☃ 𝄞".to_owned(),
        uuid: "01234567-89ab-cdef-0123-456789abcdef".parse()?,
        date: Date { milliseconds: -1 },
        timestamp: Timestamp {
            milliseconds: -1_877,
            nanoseconds: 0,
        },
        time: Time {
            milliseconds: 45_296_789,
        },
        decimal: "-12345678901234567890.125".parse()?,
        colour: Colour::DarkBlue,
        bytes: vec![1, 2, 253],
        ints: vec![1, -2],
        strings: vec![Some("a".to_owned()), None],
        colours: vec![Colour::Red, Colour::Green],
        addresses: vec![address("Main", Some(1))],
        list: vec!["x".to_owned(), "y".to_owned()],
        set: BTreeSet::from([1, 3]),
        map: BTreeMap::from([("home".to_owned(), address("Home", Some(2)))]),
        address: address("Side", None),
    })
}
