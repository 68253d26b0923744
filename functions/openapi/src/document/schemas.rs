//! Schemas that are used in more than one place.

use shared::domain::contact::Attributes;
use shared::domain::oauth::client_auth::ClientAuthMethod;
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::oauth::redirect_uri::RedirectUri;
use shared::domain::password::Password;
use shared::domain::types::display_name::DisplayName;
use shared::service::client::management::{DEFAULT_PAGE, PAGE};

use crate::Service;
use crate::model::{
    Field, Schema, any_of, email, field, flag, integer, list, map, named, number, object, one_of, optional, string,
    time, uri, uuid,
};

/// A name of a user, an app or a contact.
pub(super) fn display_name() -> Schema {
    string().with("minLength", 1).with("maxLength", DisplayName::LONGEST)
}

/// An existing password.
pub(super) fn password() -> Schema {
    string().with("format", "password").with("minLength", 1).with("maxLength", Password::LONGEST)
}

/// A new password.
pub(super) fn new_password(service: &Service) -> Schema {
    password().with("minLength", service.shortest_password)
}

/// A language tag.
pub(super) fn locale() -> Schema {
    string().with("maxLength", 35).with("pattern", "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")
}

/// The size of a page of a list.
pub(super) fn limit() -> Field {
    limit_of(DEFAULT_PAGE)
}

/// The size of a page of a list with another default.
pub(super) fn limit_of(default: u64) -> Field {
    let bounds = integer().with("minimum", *PAGE.start()).with("maximum", *PAGE.end());
    optional("limit", bounds.with("default", default)).about("The maximum number of items in the response")
}

/// The cursor of a page of a list.
pub(super) fn cursor(of: Schema) -> Field {
    optional("cursor", of).about("The next_cursor of an earlier response")
}

/// The cursor of the next page.
pub(super) fn next_cursor(of: Schema) -> Field {
    field("next_cursor", of.or_null()).about("The cursor of the next page; null after the last page")
}

/// The return addresses of a client.
pub(super) fn redirect_uris() -> Schema {
    list(string().with("format", "uri").with("maxLength", 2000)).with("maxItems", RedirectUri::MOST)
}

/// Grant types.
pub(super) fn grant_types() -> Schema {
    list(one_of(GrantType::ALL.map(GrantType::as_str)))
}

/// An authentication method of a client.
pub(super) fn auth_method() -> Schema {
    one_of(ClientAuthMethod::ALL.map(ClientAuthMethod::as_str))
}

/// A signing algorithm.
pub(super) fn signing_algorithm() -> Schema {
    one_of(["RS256", "ES256"])
}

pub(super) fn tokens() -> [Field; 3] {
    [
        field("access_token", string()).about("A JWT (RFC 9068)"),
        field("refresh_token", string()).about("Can be exchanged once for new tokens"),
        field("expires_in", integer().with("minimum", 1)).about("The lifetime of the access token, in seconds"),
    ]
}

pub(super) fn user() -> Schema {
    object([
        field("id", uuid()),
        field("email", email().or_null()),
        field("email_verified", flag()).about("Whether the user verified the address"),
        optional("username", string()).about("The name with which the user signs in, if they have no address"),
        field("name", string()),
        field("locale", string().or_null()).about("The user's language (BCP 47)"),
        field("role", one_of(["owner", "member"])),
    ])
}

pub(super) fn user_record() -> Schema {
    user().and([
        field("account_id", uuid()),
        field("created_at", time()),
        field("disabled_at", time().or_null()).about("When an operator disabled the user; null if the user is enabled"),
        optional("deleted_at", time()).about("When the user deleted their account, which they can undo for a while"),
        optional("import_id", string()).about("The user's id in the system from which they were imported"),
    ])
}

pub(super) fn app() -> Schema {
    object([
        field("id", uuid().or_null()),
        field("name", string()),
        field("client_id", string()),
        field("client_secret_prefix", string().with("maxLength", 12).or_null())
            .about("The first characters of the secret, if there is one"),
        field("redirect_uris", list(string())),
        field("post_logout_redirect_uris", list(string())),
        field("id_token_signed_response_alg", signing_algorithm()),
        field("scopes", list(string()))
            .about("The scopes that the app may request; an app without scopes is not limited when it acts for itself"),
        field("grant_types", grant_types()),
        field("token_endpoint_auth_method", auth_method()),
        optional("jwks", named("KeySet")),
        optional("jwks_uri", uri()),
        field("created_at", time()),
        optional("made_by", string()).about("The client_id of the app that made it, if an app did"),
        field("disabled_at", time().or_null()),
        field("revoked_at", time().or_null()),
    ])
}

pub(super) fn contact() -> Schema {
    object([
        field("id", uuid()),
        field("email", email()),
        field("name", string().or_null()),
        field("attributes", named("Attributes")),
        field("created_at", time()),
        field("updated_at", time()),
    ])
}

pub(super) fn attributes() -> Schema {
    map(any_of([string().with("maxLength", Attributes::LONGEST_TEXT), number(), flag()]))
        .with("maxProperties", Attributes::MOST)
}

pub(super) fn audit_event() -> Schema {
    object([
        field("id", uuid()),
        field("at", time()),
        field("action", string()).about("The action or attempt, such as user.signed_in"),
        field("outcome", one_of(["succeeded", "refused"])),
        field("user_id", uuid().or_null()),
        field("client_id", string().or_null()),
        field("subject", string().or_null()).about(
            "The id of the object of the action; of limit.exceeded, the kind of the limit, such as login-address",
        ),
        field("address", string()).about("The caller's network address; empty for limit.exceeded"),
        field("user_agent", string()),
        field("request_id", string()),
    ])
}
