//! `portway peer redeem`: becomes a peer with the token of an invitation.

use std::io::Read as _;

use portway_control::v1::{RedeemRequest, redeem_request::Key};
use portway_gateway::{PrivateKey, TunnelFile};
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    RedeemArguments,
    place::{self, explain},
};
use crate::{
    failure::{Advise as _, Advised},
    output::{self, remark},
};

/// Far longer than a token.
const LONGEST_TOKEN: u64 = 4096;

/// Redeems a token with a fresh key, and prints the configuration.
pub(super) async fn run(arguments: &RedeemArguments) -> anyhow::Result<()> {
    let key = PrivateKey::generate()?;
    let token = token(&arguments.token)?;
    let control = place::open(&arguments.common).await?;
    let request = RedeemRequest {
        token: token.trim().to_owned(),
        key: Some(Key::PublicKey(key.public_key().to_base64())),
        client_address: String::new(),
    };
    let enrolment = control.redeem(request).await;
    let enrolment = enrolment.map_err(explain("the token is not redeemed"))?;
    let configuration = with_key(&enrolment.configuration, key)?;
    if arguments.common.json {
        return output::print_json(&json!({
            "name": enrolment.name,
            "public_key": enrolment.public_key,
            "addresses": enrolment.addresses,
            "configuration": configuration.as_str(),
        }));
    }
    output::print(configuration.as_bytes())?;
    remark(&format!(
        "This side is the peer {} now. Its private key is shown this once; it never left this command.",
        enrolment.name
    ));
    Ok(())
}

/// The token itself, or what stands on the standard input.
fn token(text: &str) -> Result<Zeroizing<String>, Advised> {
    let mut token = Zeroizing::new(text.to_owned());
    if text == "-" {
        token.clear();
        let read = std::io::stdin()
            .take(LONGEST_TOKEN)
            .read_to_string(&mut token);
        read.advise(
            "cannot read the token from the standard input",
            "write it there as text",
        )?;
    }
    Ok(token)
}

/// The configuration of the answer, and the key that only this side knows.
fn with_key(configuration: &str, key: PrivateKey) -> Result<Zeroizing<String>, Advised> {
    let parsed: Result<TunnelFile, _> = configuration.parse();
    let mut file = parsed.advise(
        "the gateway's configuration is not understood",
        "is the gateway of the same version as this program?",
    )?;
    file.interface.private_key = Some(key);
    Ok(file.to_text())
}
