//! The settings of a new app of an account.

use crate::domain::client::metadata::{self, ClientMetadata};
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::input::fields::Fields;
use crate::domain::oauth::client_auth::ClientAuthMethod;
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::oauth::redirect_uri::RedirectUri;
use crate::domain::oauth::scope::{ScopeCatalogue, ScopeSet};
use crate::domain::types::display_name::DisplayName;

/// The default settings of a new app.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// Its authentication method.
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// Its grant types; `None` means those that follow from its redirect URIs and authentication method.
    pub grant_types: Option<Vec<GrantType>>,
    /// The most scopes that it may request.
    pub scopes: ScopeSet,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            grant_types: None,
            scopes: ScopeSet::default(),
        }
    }
}

/// Reads the settings of a new app; mistakes are recorded in the fields.
pub fn read(body: &mut Fields, defaults: Defaults, catalogue: &ScopeCatalogue) -> Option<ClientMetadata> {
    let name = body.required("name", DisplayName::parse);
    let redirect_uris = redirect_uris(body, "redirect_uris").unwrap_or_default();
    let post_logout_redirect_uris = self::redirect_uris(body, "post_logout_redirect_uris").unwrap_or_default();
    let id_token_alg = body.optional("id_token_signed_response_alg", SigningAlgorithm::require);
    let scopes = scopes(body, catalogue).unwrap_or(defaults.scopes);
    let auth_method = body.optional("token_endpoint_auth_method", ClientAuthMethod::require);
    let auth_method = auth_method.unwrap_or(defaults.token_endpoint_auth_method);
    let grant_types = grant_types(body).or(defaults.grant_types);
    let keys = metadata::keys(body);
    let metadata = ClientMetadata {
        grant_types: grant_types.unwrap_or_else(|| GrantType::defaults(!redirect_uris.is_empty(), auth_method)),
        redirect_uris,
        post_logout_redirect_uris,
        id_token_signed_response_alg: id_token_alg.unwrap_or_default(),
        scopes,
        token_endpoint_auth_method: auth_method,
        keys,
        ..ClientMetadata::machine(name?)
    };
    metadata.check(body);
    Some(metadata)
}

/// Reads redirect URIs, if the field is present.
pub fn redirect_uris(body: &mut Fields, name: &'static str) -> Option<Vec<RedirectUri>> {
    body.optional_list(name, RedirectUri::MOST, RedirectUri::parse)
}

/// Reads scopes of the catalogue, if the field is present.
pub fn scopes(body: &mut Fields, catalogue: &ScopeCatalogue) -> Option<ScopeSet> {
    let scopes = body.optional_list("scopes", catalogue.len(), |name| catalogue.require(name));
    scopes.map(|scopes| scopes.into_iter().collect())
}

/// Reads grant types, if the field is present.
pub fn grant_types(body: &mut Fields) -> Option<Vec<GrantType>> {
    body.optional_list("grant_types", GrantType::ALL.len(), GrantType::require)
}
