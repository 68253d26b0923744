//! Client metadata: registered by a user, registered dynamically, or in a document (RFC 7591 §2).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::client::keys::{ClientKeys, KeySet};
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::input::fields::{Fields, Mistakes};
use crate::domain::oauth::client_auth::ClientAuthMethod;
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::oauth::redirect_uri::RedirectUri;
use crate::domain::oauth::scope::{Scope, ScopeCatalogue, ScopeSet};
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::invisible;

/// The default scopes of a client that registers dynamically.
pub const SELF_REGISTERED_SCOPES: [&str; 5] =
    [Scope::OPENID, Scope::PROFILE, Scope::EMAIL, Scope::USER_READ, Scope::APP_READ];

/// A client's metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// Its name, as users see it.
    pub name: DisplayName,
    /// Where authorization responses may go.
    #[serde(default)]
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a browser may be redirected after a logout.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// The algorithm of its ID tokens.
    #[serde(default)]
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// The scopes that it requests; for an account's app, the most that it may request. An empty set means all scopes, for
    /// `client_credentials` only.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// Its grant types.
    pub grant_types: Vec<GrantType>,
    /// Its authentication method.
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// The keys that verify its assertions, if it signs any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<ClientKeys>,
    /// Whether it runs on a server or on a user's own machine.
    #[serde(default)]
    pub application_type: ApplicationType,
    /// Descriptive metadata, which has no effect.
    #[serde(default)]
    pub about: ClientDetails,
}

/// Where a client runs (OpenID Connect Dynamic Client Registration §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// On a server, or in a page of one.
    #[default]
    Web,
    /// On a user's own machine.
    Native,
}

impl ApplicationType {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "web" => Some(Self::Web),
            "native" => Some(Self::Native),
            _ => None,
        }
    }
}

/// Descriptive metadata for users and statistics: it is not verified and has no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDetails {
    /// Its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo, which is never shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its terms of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Its privacy policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// The contacts of its operator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// The id of its software.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// The version of its software.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
}

/// The source of a client's metadata.
#[derive(Clone, Copy, Debug)]
pub enum Registrant<'m> {
    /// A user, for their account.
    Account,
    /// An app of an account with this metadata, which replaces it: it gets no grant, authentication method or scope that
    /// it does not have, and keeps those that it does not name.
    Within(&'m ClientMetadata),
    /// The client itself.
    Itself,
    /// A public document of the client, so it cannot have a secret.
    Document,
}

/// Metadata that cannot be registered (RFC 7591 §3.2.2).
#[derive(Debug, PartialEq, Eq)]
pub enum MetadataMistake {
    /// A redirect URI is invalid.
    RedirectUri(String),
    /// Another field is invalid.
    Other(String),
}

impl ClientMetadata {
    /// A client that only acts for itself, with a secret.
    pub fn machine(name: DisplayName) -> Self {
        Self {
            name,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            id_token_signed_response_alg: SigningAlgorithm::default(),
            scopes: ScopeSet::default(),
            grant_types: vec![GrantType::ClientCredentials],
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            keys: None,
            application_type: ApplicationType::default(),
            about: ClientDetails::default(),
        }
    }

    /// Reads a registration or a document. Unknown fields are ignored, and so are unsupported values as long as a supported
    /// one remains (RFC 7591 §2). `default_method` is the authentication method of a client that does not name one.
    ///
    /// # Errors
    ///
    /// [`MetadataMistake`] with a sentence that names the fields.
    pub fn read(
        mut body: Fields,
        registrant: Registrant<'_>,
        default_method: ClientAuthMethod,
        catalogue: &ScopeCatalogue,
    ) -> Result<Self, MetadataMistake> {
        // Clients send a form with fields that no user filled in.
        body.drop_empty();
        if let Registrant::Document = registrant {
            drop_unsupported(&mut body);
        }
        let uris = |body: &mut Fields, name| body.optional_list(name, RedirectUri::MOST, RedirectUri::parse);
        let redirect_uris = uris(&mut body, "redirect_uris").unwrap_or_default();
        let post_logout_redirect_uris = uris(&mut body, "post_logout_redirect_uris").unwrap_or_default();
        let name = body.optional("client_name", DisplayName::parse);
        let alg = body.optional("id_token_signed_response_alg", SigningAlgorithm::require);
        let application_type = application_type(&mut body, &redirect_uris);
        let method = auth_method(&mut body, registrant, default_method);
        let keys = keys(&mut body);
        let grant_types = grant_types(&mut body, registrant);
        let scopes = scopes(&mut body, registrant, &grant_types, catalogue);
        let about = ClientDetails::read(&mut body, registrant);
        let metadata = Self {
            name: name.unwrap_or_else(|| unnamed(&redirect_uris)),
            redirect_uris,
            post_logout_redirect_uris,
            id_token_signed_response_alg: alg.unwrap_or_default(),
            scopes,
            grant_types,
            token_endpoint_auth_method: method,
            keys,
            application_type,
            about,
        };
        let needs_redirects = metadata.grant_types.contains(&GrantType::AuthorizationCode);
        match (body.is_faultless(), needs_redirects && metadata.redirect_uris.is_empty()) {
            (true, true) => {
                body.mistake::<()>(
                    "redirect_uris",
                    "must not be empty for the grant type authorization_code".to_owned(),
                );
            }
            (true, false) => metadata.check(&mut body),
            // Further mistakes would only follow from these.
            (false, _) => {}
        }
        body.finish(|| Some(metadata)).map_err(MetadataMistake::of)
    }

    /// Records the fields that contradict each other.
    pub fn check(&self, body: &mut Fields) {
        let method = self.token_endpoint_auth_method;
        if let Err(mistake) = GrantType::check(&self.grant_types, !self.redirect_uris.is_empty(), method) {
            body.mistake::<()>("grant_types", mistake.to_owned());
        }
        let has_named_keys = body.has("jwks") || body.has("jwks_uri");
        if method == ClientAuthMethod::PrivateKeyJwt && self.keys.is_none() && !has_named_keys {
            body.mistake::<()>("jwks", "or jwks_uri is required for private_key_jwt".to_owned());
        }
        // RFC 8252 §7.1, §8.1: any program can claim such a scheme, so PKCE, which public clients must use, protects the
        // code; a secret could not be kept beside.
        if method != ClientAuthMethod::None && self.redirect_uris.iter().any(RedirectUri::is_of_plain_scheme) {
            let mistake = "must not have a private-use scheme without a dot, unless token_endpoint_auth_method is none";
            body.mistake::<()>("redirect_uris", mistake.to_owned());
        }
    }

    /// All registered metadata, as the registration response contains it (RFC 7591 §3.2.1).
    pub fn echo(&self) -> Map<String, Value> {
        let has_codes = self.grant_types.contains(&GrantType::AuthorizationCode);
        let fields = json!({
            "client_name": self.name,
            "redirect_uris": self.redirect_uris,
            "grant_types": self.grant_types,
            "response_types": if has_codes { vec!["code"] } else { vec![] },
            "token_endpoint_auth_method": self.token_endpoint_auth_method,
            "application_type": self.application_type,
            "id_token_signed_response_alg": self.id_token_signed_response_alg,
        });
        let mut echo = object(fields);
        if !self.post_logout_redirect_uris.is_empty() {
            echo.insert("post_logout_redirect_uris".to_owned(), json!(self.post_logout_redirect_uris));
        }
        if !self.scopes.is_empty() {
            echo.insert("scope".to_owned(), json!(self.scopes.to_string()));
        }
        match &self.keys {
            Some(ClientKeys::Jwks(set)) => _ = echo.insert("jwks".to_owned(), json!(set)),
            Some(ClientKeys::JwksUri(uri)) => _ = echo.insert("jwks_uri".to_owned(), json!(uri)),
            None => {}
        }
        echo.extend(object(json!(self.about)));
        echo
    }
}

impl ClientDetails {
    /// Reads the fields. In a document, invalid ones are ignored.
    fn read(body: &mut Fields, registrant: Registrant<'_>) -> Self {
        let mut uri = |name| match registrant {
            Registrant::Document => body.text(name).ok().flatten().and_then(|text| web_page(text).ok()),
            _ => body.optional(name, web_page),
        };
        let (client_uri, logo_uri) = (uri("client_uri"), uri("logo_uri"));
        let (tos_uri, policy_uri) = (uri("tos_uri"), uri("policy_uri"));
        let mut line = |name| match registrant {
            Registrant::Document => body.text(name).ok().flatten().and_then(|text| short_line(text).ok()),
            _ => body.optional(name, short_line),
        };
        let (software_id, software_version) = (line("software_id"), line("software_version"));
        let contacts = match registrant {
            Registrant::Document => Vec::new(),
            _ => body.optional_list("contacts", 10, short_line).unwrap_or_default(),
        };
        Self { client_uri, logo_uri, tos_uri, policy_uri, contacts, software_id, software_version }
    }
}

impl MetadataMistake {
    fn of(mistakes: Mistakes) -> Self {
        let is_about_redirects = mistakes.keys().any(|field| field.ends_with("redirect_uris"));
        let sentences: Vec<_> = mistakes.iter().map(|(field, mistake)| format!("{field} {mistake}")).collect();
        let sentence = sentences.join("; ");
        if is_about_redirects { Self::RedirectUri(sentence) } else { Self::Other(sentence) }
    }

    /// The sentence that says what is wrong.
    pub fn sentence(&self) -> &str {
        match self {
            Self::RedirectUri(sentence) | Self::Other(sentence) => sentence,
        }
    }
}

/// Reads the keys, which are either in the metadata or at a URL (RFC 7591 §2).
pub fn keys(body: &mut Fields) -> Option<ClientKeys> {
    let inline = body.optional_value("jwks", KeySet::parse).map(ClientKeys::Jwks);
    let remote = body.optional("jwks_uri", ClientKeys::parse_uri);
    if inline.is_some() && remote.is_some() {
        return body.mistake("jwks_uri", "must not be used together with jwks".to_owned());
    }
    inline.or(remote)
}

/// Reads the authentication method; for a document that prefers an unsupported one, the best that it also supports.
fn auth_method(body: &mut Fields, registrant: Registrant<'_>, default: ClientAuthMethod) -> ClientAuthMethod {
    match registrant {
        Registrant::Document => document_auth_method(body).unwrap_or(default),
        Registrant::Account | Registrant::Itself => {
            body.optional("token_endpoint_auth_method", ClientAuthMethod::require).unwrap_or(default)
        }
        Registrant::Within(granted) => {
            let own = granted.token_endpoint_auth_method;
            let named = body.optional("token_endpoint_auth_method", ClientAuthMethod::require).unwrap_or(own);
            if named != own && !(named.needs_secret() && own.needs_secret()) {
                body.mistake::<()>("token_endpoint_auth_method", "must be the one that the app's owner set".to_owned());
            }
            named
        }
    }
}

/// The method of a document that prefers an unsupported one: the best that it also supports.
fn document_auth_method(body: &mut Fields) -> Option<ClientAuthMethod> {
    let supported = body.texts("token_endpoint_auth_methods_supported").unwrap_or_default();
    body.optional("token_endpoint_auth_method", |named| {
        let fitting = |name: &str| ClientAuthMethod::parse(name).filter(|method| !method.needs_secret());
        let others = ["private_key_jwt", "none"].into_iter().filter(|name| supported.iter().any(|one| one == name));
        let known = std::iter::once(named).chain(others).find_map(fitting);
        // OAuth Client ID Metadata Document §4.1: no shared secrets.
        known.ok_or_else(|| "must be private_key_jwt or none".to_owned())
    })
}

fn grant_types(body: &mut Fields, registrant: Registrant<'_>) -> Vec<GrantType> {
    let named = body.optional_list("grant_types", 20, |name| Ok(GrantType::parse(name)));
    let default = match registrant {
        Registrant::Within(granted) => granted.grant_types.clone(),
        // RFC 7591 §2: the default is codes only.
        _ => vec![GrantType::AuthorizationCode],
    };
    let mut known = Vec::new();
    for grant in named.map_or(default, |named| named.into_iter().flatten().collect()) {
        let is_possible = match registrant {
            Registrant::Account => true,
            Registrant::Within(granted) if granted.grant_types.contains(&grant) => true,
            Registrant::Within(_) => {
                body.mistake::<()>("grant_types", "must not have one that the app's owner did not give it".to_owned());
                false
            }
            // An unowned client has no account whose data its own tokens could access.
            Registrant::Itself | Registrant::Document => grant != GrantType::ClientCredentials,
        };
        if is_possible && !known.contains(&grant) {
            known.push(grant);
        }
    }
    if known.is_empty() && body.is_faultless_in("grant_types") {
        body.mistake::<()>("grant_types", "must have one that this server supports for such a client".to_owned());
    }
    let has_codes = known.contains(&GrantType::AuthorizationCode);
    let response_types = body.optional_list("response_types", 20, |name| Ok(name.to_owned()));
    if response_types.is_some_and(|types| has_codes && !types.iter().any(|name| name == "code")) {
        body.mistake::<()>("response_types", "must have code for the grant type authorization_code".to_owned());
    }
    known
}

fn scopes(
    body: &mut Fields,
    registrant: Registrant<'_>,
    grant_types: &[GrantType],
    catalogue: &ScopeCatalogue,
) -> ScopeSet {
    let asked = body.optional("scope", |text| {
        if let Registrant::Document = registrant {
            return Ok(catalogue.read_known(text).unwrap_or_default());
        }
        let known = catalogue.read_known(text).map_err(|malformed| malformed.to_string())?;
        let is_known = !known.is_empty() || text.trim().is_empty();
        is_known.then_some(known).ok_or_else(|| "must have one of scopes_supported in the metadata".to_owned())
    });
    match (asked.filter(|scopes| !scopes.is_empty()), registrant) {
        // An app without scopes is not limited.
        (Some(scopes), Registrant::Within(granted))
            if !granted.scopes.is_empty() && !scopes.is_subset(&granted.scopes) =>
        {
            body.mistake::<()>("scope", "must not have one that the app's owner did not give it".to_owned());
            granted.scopes.clone()
        }
        (Some(scopes), _) => scopes,
        (None, Registrant::Within(granted)) => granted.scopes.clone(),
        (None, _) if grant_types.iter().any(|grant| grant.is_users()) => catalogue.all().only(&SELF_REGISTERED_SCOPES),
        (None, _) => ScopeSet::default(),
    }
}

/// OpenID Connect Dynamic Client Registration §2: a web client uses https. That it must not use loopback is for the
/// implicit grant, which does not exist here. The type decides nothing else.
fn application_type(body: &mut Fields, redirect_uris: &[RedirectUri]) -> ApplicationType {
    let named = body.optional("application_type", |name| {
        ApplicationType::parse(name).ok_or_else(|| "must be web or native".to_owned())
    });
    let is_native = redirect_uris.iter().any(|uri| !uri.is_web());
    if named == Some(ApplicationType::Web) && redirect_uris.iter().any(RedirectUri::is_of_private_scheme) {
        body.mistake::<()>(
            "redirect_uris",
            "must not have a private-use scheme for the application_type web".to_owned(),
        );
    }
    named.unwrap_or(if is_native { ApplicationType::Native } else { ApplicationType::Web })
}

/// What a document has and we lack is left out, as long as the client can do without: the algorithm of ID tokens, the
/// type, addresses for logouts, and keys of other types.
fn drop_unsupported(body: &mut Fields) {
    let text = |body: &Fields, name| body.text(name).ok().flatten().map(str::to_owned);
    if text(body, "id_token_signed_response_alg").is_none_or(|name| SigningAlgorithm::parse(&name).is_none()) {
        body.drop("id_token_signed_response_alg");
    }
    if body.value("jwks").is_some_and(KeySet::is_of_no_use) {
        body.drop("jwks");
    }
    if text(body, "application_type").is_none_or(|name| ApplicationType::parse(&name).is_none()) {
        body.drop("application_type");
    }
    let uris = body.texts("post_logout_redirect_uris").unwrap_or_default();
    let uris: Vec<String> = uris.into_iter().filter(|uri| RedirectUri::parse(uri).is_ok()).collect();
    body.replace("post_logout_redirect_uris", json!(uris.into_iter().take(RedirectUri::MOST).collect::<Vec<_>>()));
}

/// The name of a client without one: the host of its redirect URI.
fn unnamed(redirect_uris: &[RedirectUri]) -> DisplayName {
    let host = redirect_uris.iter().find(|uri| uri.is_web()).and_then(RedirectUri::host);
    let name = host.and_then(|host| DisplayName::parse(&host).ok());
    name.unwrap_or_else(DisplayName::unnamed_client)
}

/// Accepts the URL of a web page.
///
/// # Errors
///
/// The sentence to show when it is not `https`, or longer than 512 bytes.
pub fn web_page(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.has_host() && text.len() <= 512);
    let is_plain = text.bytes().all(|b| matches!(b, 0x21..=0x7e));
    url.filter(|_| is_plain)
        .map(|_| text.to_owned())
        .ok_or_else(|| "must be an https URL of at most 512 bytes".to_owned())
}

fn short_line(text: &str) -> Result<String, String> {
    let is_fit = text.len() <= 255 && !invisible::is_hidden_in(text);
    is_fit.then(|| text.to_owned()).ok_or_else(|| "must be a line of at most 255 bytes".to_owned())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
