//! What a merge patch makes of an app (RFC 7396, for the settings themselves: a list is replaced as a whole).

use shared::domain::client::keys::ClientKeys;
use shared::domain::client::metadata::{self, ClientDetails, ClientMetadata};
use shared::domain::client::{Client, settings};
use shared::domain::crypto::signing_algorithm::SigningAlgorithm;
use shared::domain::event::EventType;
use shared::domain::input::fields::Fields;
use shared::domain::oauth::client_auth::ClientAuthMethod;
use shared::domain::oauth::scope::ScopeCatalogue;
use shared::domain::types::display_name::DisplayName;
use shared::http::error::api::ApiError;

/// How many events an app may subscribe to. They are kept and shown; nothing delivers them yet.
const MOST_SUBSCRIPTIONS: usize = 50;

/// What an app cannot be without; scopes above all, as an app without any could do everything.
const INDISPENSABLE: [&str; 5] =
    ["name", "scopes", "grant_types", "token_endpoint_auth_method", "id_token_signed_response_alg"];

/// The app as it is with the patch: what it does not name stays, and `null` takes away what can be absent. What comes of it
/// must go together, whatever of it was there before.
pub(crate) fn merge(mut patch: Fields, before: &Client, catalogue: &ScopeCatalogue) -> Result<Client, ApiError> {
    for name in INDISPENSABLE {
        if patch.is_null(name) {
            patch.mistake::<()>(name, "must not be null".to_owned());
        }
    }
    let old = &before.metadata;
    let name = patch.optional("name", DisplayName::parse);
    let redirect_uris = list(&patch, "redirect_uris").or(settings::redirect_uris(&mut patch, "redirect_uris"));
    let post_logout = "post_logout_redirect_uris";
    let post_logout_redirect_uris = list(&patch, post_logout).or(settings::redirect_uris(&mut patch, post_logout));
    let scopes = settings::scopes(&mut patch, catalogue);
    let grant_types = settings::grant_types(&mut patch);
    let id_token_signed_response_alg = patch.optional("id_token_signed_response_alg", SigningAlgorithm::require);
    keep_auth_method(&mut patch, old.token_endpoint_auth_method);
    let keys = keys(&mut patch, old.keys.as_ref());
    let about = about(&mut patch, &old.about);
    let event_subscriptions = event_subscriptions(&mut patch);
    let metadata = ClientMetadata {
        name: name.unwrap_or_else(|| old.name.clone()),
        redirect_uris: redirect_uris.unwrap_or_else(|| old.redirect_uris.clone()),
        post_logout_redirect_uris: post_logout_redirect_uris.unwrap_or_else(|| old.post_logout_redirect_uris.clone()),
        scopes: scopes.unwrap_or_else(|| old.scopes.clone()),
        grant_types: grant_types.unwrap_or_else(|| old.grant_types.clone()),
        id_token_signed_response_alg: id_token_signed_response_alg.unwrap_or(old.id_token_signed_response_alg),
        keys,
        about,
        ..old.clone()
    };
    metadata.check(&mut patch);
    let event_subscriptions = event_subscriptions.unwrap_or_else(|| before.event_subscriptions.clone());
    Ok(patch.finish(|| Some(Client { metadata, event_subscriptions, ..before.clone() }))?)
}

/// Says whether anybody gets something by the change that they did not have: the app, or whoever holds the keys or the
/// addresses to which its users return.
pub(crate) fn gives(before: &Client, after: &Client) -> bool {
    let what = |app: &Client| {
        let ClientMetadata { scopes, grant_types, keys, redirect_uris, .. } = &app.metadata;
        (scopes.clone(), grant_types.clone(), keys.clone(), redirect_uris.clone())
    };
    what(before) != what(after)
}

/// An empty list in place of one that shall be gone.
fn list<T>(patch: &Fields, name: &str) -> Option<Vec<T>> {
    patch.is_null(name).then(Vec::new)
}

/// Each event once.
fn event_subscriptions(patch: &mut Fields) -> Option<Vec<EventType>> {
    let name = "event_subscriptions";
    let named = list(patch, name).or(patch.optional_list(name, MOST_SUBSCRIPTIONS, EventType::parse))?;
    let mut once = Vec::new();
    for event in named {
        if !once.contains(&event) {
            once.push(event);
        }
    }
    Some(once)
}

/// An app that proved itself in another way would need another secret or none: that is another app.
fn keep_auth_method(patch: &mut Fields, method: ClientAuthMethod) {
    let named = patch.optional("token_endpoint_auth_method", ClientAuthMethod::require);
    if named.is_some_and(|named| named != method) {
        let mistake = "cannot be changed; make another app".to_owned();
        patch.mistake::<()>("token_endpoint_auth_method", mistake);
    }
}

/// New keys take the place of old ones, wherever those were.
fn keys(patch: &mut Fields, old: Option<&ClientKeys>) -> Option<ClientKeys> {
    let is_gone = match old {
        Some(ClientKeys::Jwks(_)) => patch.is_null("jwks"),
        Some(ClientKeys::JwksUri(_)) => patch.is_null("jwks_uri"),
        None => true,
    };
    metadata::keys(patch).or_else(|| old.filter(|_| !is_gone).cloned())
}

/// What users may read about the app.
fn about(patch: &mut Fields, old: &ClientDetails) -> ClientDetails {
    let mut page = |name, old: &Option<String>| {
        let new = patch.optional(name, metadata::web_page);
        new.or_else(|| old.clone().filter(|_| !patch.is_null(name)))
    };
    ClientDetails {
        client_uri: page("client_uri", &old.client_uri),
        logo_uri: page("logo_uri", &old.logo_uri),
        policy_uri: page("policy_uri", &old.policy_uri),
        tos_uri: page("tos_uri", &old.tos_uri),
        ..old.clone()
    }
}
