//! Clients that a document describes, and keys at an address: fetched when they are needed, and kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use crate::address::SourceAddress;
use crate::app::App;
use crate::client_id::ClientId;
use crate::client_keys::KeySet;
use crate::client_metadata::{ClientMetadata, Registrant};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::fetch::{Document, FetchDocument, NotFetched};
use crate::http::Fields;
use crate::oauth::client_auth::ClientAuthMethod;
use crate::oauth::document_url::DocumentUrl;
use crate::oauth::scope::ScopeCatalogue;
use crate::store::{Facts, Wanted};
use crate::throttle::{self, Throttled};

/// How long a document is kept whose server does not say, and the least and the most that it can say.
const DEFAULT_AGE: Duration = Duration::from_secs(3_600);
const LEAST_AGE: Duration = Duration::from_secs(60);
const GREATEST_AGE: Duration = Duration::from_secs(86_400);

/// Why a client's document cannot be used.
#[derive(Debug)]
pub enum DocumentError {
    /// It is not there, or it says what no client of ours can be.
    Unusable(String),
    /// Its server does not answer, or asks for patience.
    Unreachable(String),
    /// Too many documents were asked for from one place.
    TooMany(Duration),
    /// We failed.
    Fault(Fault),
}

impl From<Fault> for DocumentError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Throttled> for DocumentError {
    fn from(throttled: Throttled) -> Self {
        match throttled {
            Throttled::TooMany(wait) => Self::TooMany(wait),
            Throttled::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<NotFetched> for DocumentError {
    fn from(not_fetched: NotFetched) -> Self {
        match not_fetched {
            NotFetched::Refused(reason) => Self::Unusable(reason.to_owned()),
            NotFetched::Unreachable(reason) => Self::Unreachable(reason),
        }
    }
}

/// Fetches documents, and keeps the key sets among them.
pub struct Documents {
    fetcher: Arc<dyn FetchDocument>,
    key_sets: Mutex<HashMap<String, HeldKeys>>,
}

#[derive(Clone)]
struct HeldKeys {
    keys: Arc<KeySet>,
    fetched_at: Timestamp,
    fresh_until: Timestamp,
}

impl Documents {
    const MOST: usize = 200;

    /// Documents that this fetches.
    pub fn new(fetcher: Arc<dyn FetchDocument>) -> Self {
        Self { fetcher, key_sets: Mutex::default() }
    }

    /// The keys at this address, if we have them and nobody has to look again.
    fn held_keys(&self, uri: &str, is_enough: impl Fn(&KeySet) -> bool, now: Timestamp) -> Option<Arc<KeySet>> {
        let held = self.key_sets.lock().unwrap_or_else(PoisonError::into_inner).get(uri).cloned()?;
        let is_new = now < held.fetched_at.after(LEAST_AGE);
        (now < held.fresh_until && (is_new || is_enough(&held.keys))).then_some(held.keys)
    }

    async fn fetch_keys(&self, uri: &str, now: Timestamp) -> Result<Arc<KeySet>, DocumentError> {
        let url = Url::parse(uri).map_err(|_| DocumentError::Unusable("jwks_uri is no URL".to_owned()))?;
        let document = self.fetcher.fetch(&url).await?;
        let keys = Arc::new(KeySet::read(&document.body).map_err(DocumentError::Unusable)?);
        let held = HeldKeys { keys: Arc::clone(&keys), fetched_at: now, fresh_until: fresh_until(&document, now) };
        let mut key_sets = self.key_sets.lock().unwrap_or_else(PoisonError::into_inner);
        if key_sets.len() >= Self::MOST {
            key_sets.clear();
        }
        key_sets.insert(uri.to_owned(), held);
        Ok(keys)
    }

    /// Fetches a client's document, and reads what it says.
    async fn metadata(
        &self,
        url: &DocumentUrl,
        catalogue: &ScopeCatalogue,
        now: Timestamp,
    ) -> Result<(ClientMetadata, Timestamp), DocumentError> {
        let address = url.to_url().map_err(|_| DocumentError::Unusable("client_id is no URL".to_owned()))?;
        let document = self.fetcher.fetch(&address).await?;
        let metadata = read(url, &document.body, catalogue).map_err(DocumentError::Unusable)?;
        Ok((metadata, fresh_until(&document, now)))
    }
}

impl App {
    /// Reads what a decision rests on, like [`App::facts`]. Of a client that a document describes, what we have is used
    /// while it is fresh; otherwise the document is fetched, and kept for everybody by one write. What cannot be used is
    /// not kept.
    ///
    /// # Errors
    ///
    /// [`DocumentError`].
    pub async fn facts_of_client(&self, wanted: Wanted, source: SourceAddress) -> Result<Facts, DocumentError> {
        let Some(ClientId::Document(url)) = wanted.client.clone() else { return Ok(self.facts(wanted).await?) };
        let facts = self.facts(wanted).await?;
        let now = self.clock.now();
        let known = facts.app.as_ref().filter(|client| client.is_live(now));
        if known.is_some_and(|client| client.fresh_until.is_some_and(|until| now < until)) {
            return Ok(facts);
        }
        throttle::charge_document(self, source, now).await?;
        let (metadata, fresh_until) = self.documents.metadata(&url, &self.config.scopes, now).await?;
        let is_known = known.is_some();
        let client = self.stores.apps.keep_document(&url, &metadata, fresh_until, is_known, now).await?;
        Ok(Facts { app: Some(client), ..facts })
    }

    /// The keys at this address, fetched again if what we have is old, or has not the key that `is_enough` looks for; for a
    /// key that is nowhere, at most once a minute. What cannot be used is not kept.
    ///
    /// # Errors
    ///
    /// [`DocumentError`].
    pub async fn key_set(
        &self,
        uri: &str,
        is_enough: impl Fn(&KeySet) -> bool,
        source: SourceAddress,
    ) -> Result<Arc<KeySet>, DocumentError> {
        let now = self.clock.now();
        if let Some(keys) = self.documents.held_keys(uri, is_enough, now) {
            return Ok(keys);
        }
        throttle::charge_document(self, source, now).await?;
        self.documents.fetch_keys(uri, now).await
    }
}

/// Reads a client's document (OAuth Client ID Metadata Document §4, MCP authorization).
fn read(url: &DocumentUrl, body: &[u8], catalogue: &ScopeCatalogue) -> Result<ClientMetadata, String> {
    let mut fields = Fields::from_json(body).map_err(|_| "it is not one JSON object".to_owned())?;
    // §4.1: compared letter by letter, so nobody can speak for another address.
    if fields.text("client_id") != Ok(Some(url.as_str())) {
        return Err("its client_id is not its address".to_owned());
    }
    // §4.1: what everybody can read is no secret.
    if fields.has("client_secret") || fields.has("client_secret_expires_at") {
        return Err("it must not have a client_secret".to_owned());
    }
    if !fields.has("client_name") {
        fields.mistake::<()>("client_name", "is required".to_owned());
    }
    ClientMetadata::read(fields, Registrant::Document, ClientAuthMethod::None, catalogue)
        .map_err(|mistake| mistake.sentence().to_owned())
}

/// RFC 9111 §5.2, within our bounds.
fn fresh_until(document: &Document, now: Timestamp) -> Timestamp {
    now.after(document.max_age.unwrap_or(DEFAULT_AGE).clamp(LEAST_AGE, GREATEST_AGE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::grant_type::GrantType;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const URL: &str = "https://app.example/client.json";

    fn read_at(url: &str, document: &Value) -> Result<ClientMetadata, String> {
        read(&DocumentUrl::parse(url).unwrap(), document.to_string().as_bytes(), &ScopeCatalogue::default())
    }

    fn with(name: &str, value: Value) -> Result<ClientMetadata, String> {
        let mut document = json!({"client_id": URL, "client_name": "App", "redirect_uris": ["https://app.example/cb"]});
        document[name] = value;
        read_at(URL, &document)
    }

    #[test]
    fn a_document_that_says_little_is_a_public_client_with_codes() {
        let client = with("x", json!(1)).unwrap();
        assert_eq!(client.token_endpoint_auth_method, ClientAuthMethod::None);
        assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    }

    #[test]
    fn what_we_do_not_have_is_negotiated_and_not_refused() {
        let grants = json!(["implicit", "authorization_code", "urn:x:unknown", "refresh_token", "client_credentials"]);
        let client = with("grant_types", grants).unwrap();
        assert_eq!(client.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
        assert!(with("response_types", json!(["code", "token", "code id_token"])).is_ok());
        let document = json!({
            "client_id": URL, "client_name": "App", "redirect_uris": ["https://app.example/cb"],
            "token_endpoint_auth_method": "tls_client_auth",
            "token_endpoint_auth_methods_supported": ["tls_client_auth", "none"],
        });
        assert_eq!(read_at(URL, &document).unwrap().token_endpoint_auth_method, ClientAuthMethod::None);
    }

    #[test]
    fn a_document_that_speaks_for_another_or_has_a_secret_is_refused() {
        for (name, value) in [
            ("client_id", json!("https://app.example/client.json/")),
            ("client_id", json!("https://APP.example/client.json")),
            ("client_id", Value::Null),
            ("client_name", Value::Null),
            ("client_name", json!("")),
            ("client_name", json!("a\u{202e}b")),
            ("client_secret", json!("x")),
            ("client_secret_expires_at", json!(0)),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("token_endpoint_auth_method", json!("client_secret_post")),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("token_endpoint_auth_method", json!(1)),
            ("redirect_uris", Value::Null),
            ("redirect_uris", json!([])),
            ("redirect_uris", json!(["javascript:alert(1)"])),
            ("redirect_uris", json!(["http://app.example/cb"])),
            ("redirect_uris", json!("https://app.example/cb")),
            ("grant_types", json!(["implicit"])),
            ("grant_types", json!(["client_credentials"])),
            ("jwks", json!({"keys": [{"kty": "oct", "k": "AAAA"}]})),
            ("jwks_uri", json!("http://app.example/jwks")),
        ] {
            assert!(with(name, value.clone()).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn a_document_is_kept_as_long_as_its_server_says_and_within_bounds() {
        for (max_age, kept) in [(None, 3_600), (Some(0), 60), (Some(600), 600), (Some(u64::MAX), 86_400)] {
            let document = Document { body: vec![], max_age: max_age.map(Duration::from_secs) };
            assert_eq!(fresh_until(&document, Timestamp::from_seconds(0)).as_seconds(), kept);
        }
    }

    proptest! {
        #[test]
        fn no_document_breaks_the_reader(
            body: Vec<u8>,
            names in proptest::collection::vec("client_name|redirect_uris|grant_types|jwks|scope|application_type", 0..4),
            texts in proptest::collection::vec("\\PC{0,20}", 4),
        ) {
            let url = DocumentUrl::parse(URL).unwrap();
            let _ = read(&url, &body, &ScopeCatalogue::default());
            let mut document = json!({"client_id": URL, "client_name": "App", "redirect_uris": ["https://app.example/cb"]});
            for (name, text) in names.iter().zip(&texts) {
                document[name.as_str()] = if text.len() % 2 == 0 { json!(text) } else { json!([text]) };
            }
            if let Ok(client) = read_at(URL, &document) {
                prop_assert!(!client.token_endpoint_auth_method.needs_secret());
                prop_assert!(!client.grant_types.contains(&GrantType::ClientCredentials));
            }
        }
    }
}
