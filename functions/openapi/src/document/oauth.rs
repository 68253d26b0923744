//! What the endpoints for OAuth clients have in common.

use crate::model::{Field, Schema, object, optional, text};

/// A form that begins with this field, which a hint may follow.
pub(super) fn form(first: Field) -> Schema {
    object([first, optional("token_type_hint", text()).about("Is not needed")])
}

/// How a client says who it is, if it does not in the header.
pub(super) fn about_client() -> [Field; 4] {
    [
        optional("client_id", text()).about("Unless the Authorization header says it"),
        optional("client_secret", text()).about("Of client_secret_post"),
        optional("client_assertion_type", text()).about("Of private_key_jwt (RFC 7523 §2.2)"),
        optional("client_assertion", text()).about("Of private_key_jwt: a JWT that the client signed"),
    ]
}

/// What an app asks a user for (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).
pub(super) fn authorization_request() -> [Field; 14] {
    let parameter = |name, about| optional(name, text()).about(about);
    [
        parameter("response_type", "Always code"),
        parameter("client_id", "Who asks: the id of a client, or the https URL of a document about one"),
        parameter("redirect_uri", "Where the answer goes: one that the client registered"),
        parameter("scope", "What for, between spaces; without it, all that the client may ask for"),
        parameter("state", "Comes back with the answer"),
        parameter("code_challenge", "Required of clients without a secret (RFC 7636)"),
        parameter("code_challenge_method", "Always S256"),
        parameter("nonce", "Comes back in the ID token"),
        parameter("resource", "The API that the tokens are for (RFC 8707)"),
        parameter("response_mode", "query or form_post"),
        parameter("prompt", "none, login, consent or select_account"),
        parameter("max_age", "How long ago the user may have signed in, in seconds"),
        parameter("login_hint", "The e-mail address to begin with"),
        parameter("id_token_hint", "An ID token that the client got for the user"),
    ]
}
