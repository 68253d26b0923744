//! The shapes that stand in more than one place.

use shared::domain::contact::Attributes;
use shared::domain::oauth::client_auth::ClientAuthMethod;
use shared::domain::oauth::grant_type::GrantType;
use shared::domain::oauth::redirect_uri::RedirectUri;
use shared::domain::password::Password;
use shared::domain::types::display_name::DisplayName;
use shared::service::client::management::{DEFAULT_PAGE, PAGE};

use crate::Service;
use crate::model::{
    Field, Schema, any_of, email, field, flag, integer, list, map, named, number, object, one_of, optional, text, time,
    uri, uuid,
};

/// A name of a user, an app or a contact.
pub(super) fn display_name() -> Schema {
    text().with("minLength", 1).with("maxLength", DisplayName::LONGEST)
}

/// A password that somebody has.
pub(super) fn password() -> Schema {
    text().with("format", "password").with("minLength", 1).with("maxLength", Password::LONGEST)
}

/// A password that somebody chooses.
pub(super) fn new_password(service: &Service) -> Schema {
    password().with("minLength", service.shortest_password)
}

/// A language tag.
pub(super) fn locale() -> Schema {
    text().with("maxLength", 35).with("pattern", "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")
}

/// How many things a page of a list has.
pub(super) fn limit() -> Field {
    let bounds = integer().with("minimum", *PAGE.start()).with("maximum", *PAGE.end());
    optional("limit", bounds.with("default", DEFAULT_PAGE)).about("How many there may be in the answer")
}

/// Where a page of a list begins.
pub(super) fn cursor(of: Schema) -> Field {
    optional("cursor", of).about("The next_cursor of an earlier answer")
}

/// Where the next page begins.
pub(super) fn next_cursor(of: Schema) -> Field {
    field("next_cursor", of.or_null()).about("Where the next page begins; null at the end")
}

/// Addresses of a client that browsers return to.
pub(super) fn redirect_uris() -> Schema {
    list(text().with("format", "uri").with("maxLength", 2000)).with("maxItems", RedirectUri::MOST)
}

/// Ways to get tokens.
pub(super) fn grant_types() -> Schema {
    list(one_of(GrantType::ALL.map(GrantType::as_str)))
}

/// A way for a client to prove who it is.
pub(super) fn auth_method() -> Schema {
    one_of(ClientAuthMethod::ALL.map(ClientAuthMethod::as_str))
}

/// An algorithm that we sign with.
pub(super) fn signing_algorithm() -> Schema {
    one_of(["RS256", "ES256"])
}

pub(super) fn tokens() -> [Field; 3] {
    [
        field("access_token", text()).about("A JWT (RFC 9068)"),
        field("refresh_token", text()).about("Exchange it once for new tokens"),
        field("expires_in", integer().with("minimum", 1)).about("How long the access token works, in seconds"),
    ]
}

pub(super) fn user() -> Schema {
    object([
        field("id", uuid()),
        field("email", email().or_null()),
        field("email_verified", flag()).about("Whether they proved that they get its mail"),
        optional("username", text()).about("What they sign in with in place of an address"),
        field("name", text()),
        field("locale", text().or_null()).about("The language that they prefer (BCP 47)"),
        field("role", one_of(["owner", "member"])),
    ])
}

pub(super) fn user_record() -> Schema {
    user().and([
        field("account_id", uuid()),
        field("created_at", time()),
        field("disabled_at", time().or_null()).about("Since when an operator keeps them out"),
    ])
}

pub(super) fn app() -> Schema {
    object([
        field("id", uuid().or_null()),
        field("name", text()),
        field("client_id", text()),
        field("client_secret_prefix", text().with("maxLength", 12).or_null())
            .about("What the secret begins with, if there is one"),
        field("redirect_uris", list(text())),
        field("post_logout_redirect_uris", list(text())),
        field("id_token_signed_response_alg", signing_algorithm()),
        field("scopes", list(text())).about("The most that it may have; none means everything, for itself only"),
        field("grant_types", grant_types()),
        field("token_endpoint_auth_method", auth_method()),
        optional("jwks", named("KeySet")),
        optional("jwks_uri", uri()),
        field("created_at", time()),
        field("disabled_at", time().or_null()),
        field("revoked_at", time().or_null()),
    ])
}

pub(super) fn contact() -> Schema {
    object([
        field("id", uuid()),
        field("email", email()),
        field("name", text().or_null()),
        field("attributes", named("Attributes")),
        field("created_at", time()),
        field("updated_at", time()),
    ])
}

pub(super) fn attributes() -> Schema {
    map(any_of([text().with("maxLength", Attributes::LONGEST_TEXT), number(), flag()]))
        .with("maxProperties", Attributes::MOST)
}

pub(super) fn audit_event() -> Schema {
    object([
        field("id", uuid()),
        field("at", time()),
        field("action", text()).about("What was done or tried, such as user.signed_in"),
        field("outcome", one_of(["succeeded", "refused"])),
        field("user_id", uuid().or_null()),
        field("client_id", text().or_null()),
        field("subject", text().or_null()).about("What it was done to"),
        field("address", text()).about("The network address that it came from"),
        field("user_agent", text()),
        field("request_id", text()),
    ])
}
