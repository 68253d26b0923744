//! Common parts of the endpoints for OAuth clients.

use crate::model::{Field, Schema, object, optional, string};

/// A form with this field, which a hint may follow.
pub(super) fn form(first: Field) -> Schema {
    object([first, optional("token_type_hint", string()).about("Not needed")])
}

/// Client authentication in the body, instead of the header.
pub(super) fn about_client() -> [Field; 4] {
    [
        optional("client_id", string()).about("Required unless it is in the Authorization header"),
        optional("client_secret", string()).about("For client_secret_post"),
        optional("client_assertion_type", string()).about("For private_key_jwt (RFC 7523 §2.2)"),
        optional("client_assertion", string()).about("For private_key_jwt: a JWT signed by the client"),
    ]
}

/// The parameters of an authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).
pub(super) fn authorization_request() -> [Field; 14] {
    let parameter = |name, about| optional(name, string()).about(about);
    [
        parameter("response_type", "Always code"),
        parameter("client_id", "The client's id, or the https URL of its metadata document"),
        parameter("redirect_uri", "The return address; it must be registered for the client"),
        parameter("scope", "The requested scopes, separated by spaces; default: all scopes of the client"),
        parameter("state", "Returned unchanged in the response"),
        parameter("code_challenge", "Required from clients without a secret (RFC 7636)"),
        parameter("code_challenge_method", "Always S256"),
        parameter("nonce", "Returned unchanged in the ID token"),
        parameter("resource", "The API for which the tokens are (RFC 8707)"),
        parameter("response_mode", "query or form_post"),
        parameter("prompt", "none, login, consent, select_account or create"),
        parameter("max_age", "The maximum age of the user's sign-in, in seconds"),
        parameter("login_hint", "The e-mail address that the form is filled with"),
        parameter("id_token_hint", "An earlier ID token of the user"),
    ]
}
