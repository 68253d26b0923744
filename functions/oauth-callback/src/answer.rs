//! The provider's authorization response (RFC 6749 §4.1.2, RFC 9207 §2).

use form_urlencoded::Serializer;
use shared::domain::input::fields::Fields;
use shared::domain::types::display_name::DisplayName;
use shared::domain::upstream::attempt::State;
use shared::domain::upstream::members::Members;
use shared::http::Request;
use shared::http::error::page::PageError;
use shared::paths::UPSTREAM_CALLBACK;

use crate::refusal;

/// The longest address that a form is sent on to, in bytes: gateways and browsers take 8 KB.
const LONGEST: usize = 8_000;

/// A response: its attempt, its issuer and its outcome.
pub(crate) struct Answer {
    pub(crate) state: State,
    pub(crate) iss: Option<String>,
    /// The name that the user gave at the provider, as the browser says.
    pub(crate) name: Option<DisplayName>,
    pub(crate) outcome: Outcome,
}

/// The outcome of a response.
pub(crate) enum Outcome {
    /// A user signed in: this code is exchanged for their identity.
    Code(String),
    /// No user signed in; the error code.
    Error(String),
}

impl Answer {
    /// Parses the query. A query without a state of ours, or with neither or both of code and error, is refused.
    pub(crate) fn read(request: &Request) -> Result<Self, PageError> {
        let fields = request.query_fields().map_err(|_| refusal::unknown())?;
        let text = |name| fields.text(name).map_err(|_| refusal::unknown());
        let outcome = match (text("code")?, text("error")?) {
            (Some(code), None) => Outcome::Code(code.to_owned()),
            (None, Some(error)) => Outcome::Error(error.to_owned()),
            _ => return Err(refusal::unknown()),
        };
        let state = text("state")?.and_then(State::parse).ok_or_else(refusal::unknown)?;
        let name = text("name")?.and_then(|name| DisplayName::parse(name).ok());
        Ok(Self { state, iss: text("iss")?.map(str::to_owned), name, outcome })
    }
}

/// The address of the same response as a query. The provider's form comes from another site, so it brings no cookie
/// (`SameSite=Lax`); a `GET` does, and so the browser is still compared with that of the attempt.
pub(crate) fn as_query(fields: &Fields) -> Result<String, PageError> {
    let mut query = Serializer::new(String::new());
    for name in ["state", "code", "error", "iss"] {
        let value = fields.text(name).map_err(|_| refusal::unknown())?;
        query.extend_pairs(value.map(|value| (name, value)));
    }
    let user = fields.text("user").ok().flatten();
    query.extend_pairs(user.and_then(full_name).map(|name| ("name", name)));
    let address = format!("{UPSTREAM_CALLBACK}?{}", query.finish());
    if address.len() > LONGEST { Err(refusal::unknown()) } else { Ok(address) }
}

/// The name in Apple's parameter `user`: `{"name": {"firstName": …, "lastName": …}, …}`.
fn full_name(user: &str) -> Option<String> {
    let user = Members::read(user.as_bytes()).ok()?;
    let name = Members::from(user.get("name")?.as_object()?.clone());
    let parts = ["firstName", "lastName"].map(|part| name.text(part).ok().flatten().unwrap_or_default().to_owned());
    let name = parts.join(" ").trim().to_owned();
    DisplayName::parse(&name).ok().map(|_| name)
}
