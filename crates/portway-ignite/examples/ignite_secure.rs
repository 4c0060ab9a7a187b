//! Signs in inside TLS, with a certificate of the client.
//!
//! `cargo run -p portway-ignite --features tls --example ignite_secure -- ADDRESS CA CERTIFICATE KEY`
//! with three PEM files, the user in `IGNITE_USER` and the password in `IGNITE_PASSWORD`.

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use portway_ignite::{Client, ClientConfiguration, TlsOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, authority, certificate, key] = &arguments[..] else {
        return Err("usage: ignite_secure ADDRESS CA CERTIFICATE KEY".into());
    };
    let tls = TlsOptions::new()
        .authority_file(authority)
        .client_certificate_files(certificate, key);
    let mut configuration = ClientConfiguration::new([address])
        .tls(tls)
        .user_attribute("program", "ignite_secure");
    if let Ok(user) = std::env::var("IGNITE_USER") {
        configuration = configuration.credentials(user, std::env::var("IGNITE_PASSWORD")?);
    }
    let client = Client::connect(configuration).await?;
    println!("{:?}", client.cache_names().await?);
    Ok(())
}
