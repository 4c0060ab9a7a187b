//! `portway peer invite`: a one-time token, with which somebody enrols himself.

use std::time::SystemTime;

use portway_control::v1::InviteRequest;

use super::{
    InviteArguments,
    add::to_come,
    json::{InvitationJson, text_of},
    place::{self, explain},
};
use crate::output::{self, remark};

/// Makes a token and prints it.
pub(super) async fn run(arguments: &InviteArguments) -> anyhow::Result<()> {
    let now = SystemTime::now();
    let lifetime = to_come(arguments.expires, now)?
        .duration_since(now)
        .unwrap_or_default();
    let control = place::open(&arguments.common).await?;
    let request = InviteRequest {
        name: arguments.name.to_string(),
        // Less than a second is one: zero would be the gateway's default.
        lifetime_seconds: lifetime.as_secs().max(1),
    };
    let what = format!("cannot invite {}", arguments.name);
    let invitation = control.invite(request).await.map_err(explain(what))?;
    let expires = text_of(invitation.expires.as_ref());
    if arguments.common.json {
        return output::print_json(&InvitationJson {
            name: &invitation.name,
            token: &invitation.token,
            expires,
        });
    }
    output::print_line(&invitation.token)?;
    remark(&format!(
        "Whoever redeems this token first, until {}, is the peer {}. It is shown this once; the grid keeps its hash.",
        expires.as_deref().unwrap_or("it expires"),
        invitation.name
    ));
    Ok(())
}
