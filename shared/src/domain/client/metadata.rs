//! What a client says of itself: registered by an account, by itself, or in a document of its own (RFC 7591 §2).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::client::keys::{ClientKeys, KeySet};
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::input::fields::{Fields, Mistakes};
use crate::domain::oauth::client_auth::ClientAuthMethod;
use crate::domain::oauth::grant_type::GrantType;
use crate::domain::oauth::redirect_uri::RedirectUri;
use crate::domain::oauth::scope::{Scope, ScopeCatalogue, ScopeSet};
use crate::domain::types::display_name::{DisplayName, is_unprintable};

/// What a client that registers itself, and names no scope, asks a user for.
pub const SELF_REGISTERED_SCOPES: [&str; 4] = [Scope::OPENID, Scope::PROFILE, Scope::EMAIL, Scope::USER_READ];

/// What a client says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// What users know it as.
    pub name: DisplayName,
    /// Where an authorization may return to.
    #[serde(default)]
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a sign-out may return to.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// What its ID tokens are signed with.
    #[serde(default)]
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// What it asks for; of an account's app, the most that it may ask for. None means everything, with
    /// `client_credentials` only.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// How it may get tokens.
    pub grant_types: Vec<GrantType>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// What its signatures are verified with, if it signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<ClientKeys>,
    /// Whether it runs on a server or on a user's own machine.
    #[serde(default)]
    pub application_type: ApplicationType,
    /// What else it says, which decides nothing.
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

/// What a client says of itself for users and for statistics: nobody checked it, and nothing is decided by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDetails {
    /// Its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo, which we show nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its terms of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// What it does with users's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// The program that it is an installation of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// The version of that program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
}

/// Who registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registrant {
    /// A user, for their account.
    Account,
    /// The client itself.
    Itself,
    /// The client itself, by a document that everybody can read, so it can have no secret.
    Document,
}

/// Metadata that cannot be registered (RFC 7591 §3.2.2).
#[derive(Debug, PartialEq, Eq)]
pub enum MetadataMistake {
    /// It is about where an authorization returns to.
    RedirectUri(String),
    /// It is about something else.
    Other(String),
}

impl ClientMetadata {
    /// A client that acts for itself alone, with a secret.
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

    /// Reads a registration or a document. What we do not know is left out, and so is what we do not have, as long as
    /// something remains that we do have (RFC 7591 §2). `default_method` is how a client proves itself that does not say.
    ///
    /// # Errors
    ///
    /// [`MetadataMistake`] with a sentence that names the fields.
    pub fn read(
        mut body: Fields,
        registrant: Registrant,
        default_method: ClientAuthMethod,
        catalogue: &ScopeCatalogue,
    ) -> Result<Self, MetadataMistake> {
        let uris = |body: &mut Fields, name| body.optional_list(name, RedirectUri::MOST, RedirectUri::parse);
        let redirect_uris = uris(&mut body, "redirect_uris").unwrap_or_default();
        let post_logout_redirect_uris = uris(&mut body, "post_logout_redirect_uris").unwrap_or_default();
        let name = body.optional("client_name", DisplayName::parse);
        let alg = body.optional("id_token_signed_response_alg", SigningAlgorithm::require);
        let application_type = application_type(&mut body, &redirect_uris);
        let method = auth_method(&mut body, registrant, default_method);
        let keys = keys(&mut body);
        let grant_types = grant_types(&mut body, registrant);
        let scopes = scopes(&mut body, &grant_types, catalogue);
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
            // Whatever else there may be follows from that.
            (false, _) => {}
        }
        body.finish(|| Some(metadata)).map_err(MetadataMistake::of)
    }

    /// Notes what does not go together.
    pub fn check(&self, body: &mut Fields) {
        let method = self.token_endpoint_auth_method;
        if let Err(mistake) = GrantType::check(&self.grant_types, !self.redirect_uris.is_empty(), method) {
            body.mistake::<()>("grant_types", mistake.to_owned());
        }
        let has_named_keys = body.has("jwks") || body.has("jwks_uri");
        if method == ClientAuthMethod::PrivateKeyJwt && self.keys.is_none() && !has_named_keys {
            body.mistake::<()>("jwks", "or jwks_uri is required for private_key_jwt".to_owned());
        }
    }

    /// What was registered, all of it and nothing else (RFC 7591 §3.2.1).
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
    /// Reads what is there. A document that has something of another form keeps the rest.
    fn read(body: &mut Fields, registrant: Registrant) -> Self {
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

/// Keys, in the metadata or at an address, and not both (RFC 7591 §2).
pub fn keys(body: &mut Fields) -> Option<ClientKeys> {
    let inline = body.optional_value("jwks", KeySet::parse).map(ClientKeys::Jwks);
    let remote = body.optional("jwks_uri", ClientKeys::parse_uri);
    if inline.is_some() && remote.is_some() {
        return body.mistake("jwks_uri", "must not stand beside jwks".to_owned());
    }
    inline.or(remote)
}

/// A way to authenticate that we have; of a document that prefers another, the best that it could do with as well.
fn auth_method(body: &mut Fields, registrant: Registrant, default: ClientAuthMethod) -> ClientAuthMethod {
    if registrant != Registrant::Document {
        return body.optional("token_endpoint_auth_method", ClientAuthMethod::require).unwrap_or(default);
    }
    let supported = body.texts("token_endpoint_auth_methods_supported").unwrap_or_default();
    body.optional("token_endpoint_auth_method", |named| {
        let fitting = |name: &str| ClientAuthMethod::parse(name).filter(|method| !method.needs_secret());
        let others = ["private_key_jwt", "none"].into_iter().filter(|name| supported.iter().any(|one| one == name));
        let known = std::iter::once(named).chain(others).find_map(fitting);
        // OAuth Client ID Metadata Document §4.1: nothing that is a shared secret.
        known.ok_or_else(|| "must be private_key_jwt or none".to_owned())
    })
    .unwrap_or(default)
}

fn grant_types(body: &mut Fields, registrant: Registrant) -> Vec<GrantType> {
    let named = body.optional_list("grant_types", 20, |name| Ok(GrantType::parse(name)));
    let is_owned = registrant == Registrant::Account;
    let mut known = Vec::new();
    // RFC 7591 §2: without a list, codes alone.
    for grant in named.unwrap_or_else(|| vec![Some(GrantType::AuthorizationCode)]).into_iter().flatten() {
        // Nobody's client has nobody's data to reach by itself.
        if !known.contains(&grant) && (is_owned || grant != GrantType::ClientCredentials) {
            known.push(grant);
        }
    }
    if known.is_empty() {
        body.mistake::<()>("grant_types", "must have one that this server has for such a client".to_owned());
    }
    let has_codes = known.contains(&GrantType::AuthorizationCode);
    let response_types = body.optional_list("response_types", 20, |name| Ok(name.to_owned()));
    if response_types.is_some_and(|types| has_codes && !types.iter().any(|name| name == "code")) {
        body.mistake::<()>("response_types", "must have code for the grant type authorization_code".to_owned());
    }
    known
}

fn scopes(body: &mut Fields, grant_types: &[GrantType], catalogue: &ScopeCatalogue) -> ScopeSet {
    let asked = body.optional("scope", |text| {
        let known = catalogue.read_known(text).map_err(|malformed| malformed.to_string())?;
        let is_known = !known.is_empty() || text.trim().is_empty();
        is_known.then_some(known).ok_or_else(|| "must have one of scopes_supported in the metadata".to_owned())
    });
    match asked.filter(|scopes| !scopes.is_empty()) {
        Some(scopes) => scopes,
        None if grant_types.iter().any(|grant| grant.is_users()) => catalogue.all().only(&SELF_REGISTERED_SCOPES),
        None => ScopeSet::default(),
    }
}

/// OpenID Connect Dynamic Client Registration §2: a web client returns to https and never to the user's own machine.
fn application_type(body: &mut Fields, redirect_uris: &[RedirectUri]) -> ApplicationType {
    let named = body.optional("application_type", |name| match name {
        "web" => Ok(ApplicationType::Web),
        "native" => Ok(ApplicationType::Native),
        _ => Err("must be web or native".to_owned()),
    });
    let is_native = redirect_uris.iter().any(|uri| !uri.is_web());
    if named == Some(ApplicationType::Web) && is_native {
        body.mistake::<()>(
            "redirect_uris",
            "must be https, and not on localhost, for the application_type web".to_owned(),
        );
    }
    named.unwrap_or(if is_native { ApplicationType::Native } else { ApplicationType::Web })
}

/// The name of a client that names none: that of the host that it returns to.
fn unnamed(redirect_uris: &[RedirectUri]) -> DisplayName {
    let host = redirect_uris.iter().find(|uri| uri.is_web()).and_then(RedirectUri::host);
    let name = host.and_then(|host| DisplayName::parse(&host).ok());
    name.unwrap_or_else(DisplayName::of_nobody)
}

/// The address of a page for users.
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
    let is_fit = text.len() <= 255 && !text.chars().any(is_unprintable);
    is_fit.then(|| text.to_owned()).ok_or_else(|| "must be a line of at most 255 bytes".to_owned())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
