//! A merge patch of an app's settings (RFC 7396; a list is replaced as a whole).

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

/// How many events an app may subscribe to. Subscriptions are stored and returned; events are not delivered yet.
const MOST_SUBSCRIPTIONS: usize = 50;

/// The required settings; above all `scopes`, because an app without scopes is not limited.
const INDISPENSABLE: [&str; 5] =
    ["name", "scopes", "grant_types", "token_endpoint_auth_method", "id_token_signed_response_alg"];

/// Returns the app with the patch applied: omitted settings do not change, and `null` removes an optional setting. The result
/// must be consistent, whichever settings were there before.
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

/// Returns whether the change can give new access: to the app, or to the owner of its keys or of the addresses to which its
/// users return.
pub(crate) fn gives(before: &Client, after: &Client) -> bool {
    let what = |app: &Client| {
        let ClientMetadata { scopes, grant_types, keys, redirect_uris, .. } = &app.metadata;
        (scopes.clone(), grant_types.clone(), keys.clone(), redirect_uris.clone())
    };
    what(before) != what(after)
}

/// An empty list for a list that `null` removes.
fn list<T>(patch: &Fields, name: &str) -> Option<Vec<T>> {
    patch.is_null(name).then(Vec::new)
}

/// The event types without duplicates.
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

/// Refuses another authentication method: it would need another secret or none, and so another app.
fn keep_auth_method(patch: &mut Fields, method: ClientAuthMethod) {
    let named = patch.optional("token_endpoint_auth_method", ClientAuthMethod::require);
    if named.is_some_and(|named| named != method) {
        let mistake = "cannot be changed; create another app".to_owned();
        patch.mistake::<()>("token_endpoint_auth_method", mistake);
    }
}

/// New keys replace the old ones, whether those were `jwks` or `jwks_uri`.
fn keys(patch: &mut Fields, old: Option<&ClientKeys>) -> Option<ClientKeys> {
    let is_gone = match old {
        Some(ClientKeys::Jwks(_)) => patch.is_null("jwks"),
        Some(ClientKeys::JwksUri(_)) => patch.is_null("jwks_uri"),
        None => true,
    };
    metadata::keys(patch).or_else(|| old.filter(|_| !is_gone).cloned())
}

/// The pages about the app.
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
