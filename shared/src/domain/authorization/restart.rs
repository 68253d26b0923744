//! Restarts an authorization that has expired.

use form_urlencoded::Serializer;

use crate::domain::authorization::AuthorizationRequest;
use crate::domain::oauth::authorization_response::ResponseMode;
use crate::paths::{AUTHORIZE, DEVICE};

/// Returns the URL that makes the same request again.
pub fn restart_address(asked: &AuthorizationRequest) -> String {
    let Some(to) = asked.response_target.return_address() else { return DEVICE.to_owned() };
    let mut query = Serializer::new(String::new());
    query.append_pair("response_type", "code");
    query.append_pair("client_id", &asked.client_id.to_string());
    query.append_pair("scope", &asked.scopes.to_string());
    let max_age = asked.max_age.map(|seconds| seconds.to_string());
    let challenge = asked.code_challenge.as_ref().map(|challenge| challenge.as_str());
    let optional = [
        ("redirect_uri", Some(to.redirect_uri.as_str()).filter(|_| asked.names_redirect_uri)),
        ("state", to.state.as_deref()),
        ("response_mode", Some("form_post").filter(|_| to.response_mode == ResponseMode::FormPost)),
        ("nonce", asked.nonce.as_deref()),
        ("code_challenge", challenge),
        ("code_challenge_method", challenge.map(|_| "S256")),
        ("resource", asked.resource.as_deref()),
        ("max_age", max_age.as_deref()),
        ("login_hint", asked.login_hint.as_deref()),
    ];
    query.extend_pairs(optional.iter().filter_map(|(name, value)| Some((*name, (*value)?))));
    format!("{AUTHORIZE}?{}", query.finish())
}
