//! An upstream provider that responds as a test says.

use std::sync::Mutex;

use serde_json::{Value, json};
use shared::clock::Clock;

use super::document_server::{DocumentServer, Served};
use super::reply::Reply;
use super::signer::Signer;
use super::test_server::TestServer;
use super::upstream::client_as;
use super::visitor::Visitor;

/// The client id of the server at the provider.
pub const CLIENT_ID: &str = "driftwood-at-acme";
/// The client secret of the server at the provider.
pub const CLIENT_SECRET: &str = "a secret that only the two of us know";

/// A provider, and a server that is its client.
pub struct Forged {
    pub server: DocumentServer,
    pub driftwood: TestServer,
    pub signer: Signer,
    metadata: Mutex<Value>,
    metadata_path: String,
}

/// The parameters of an authorization request to the provider.
#[derive(Clone, Debug)]
pub struct Asked(Vec<(String, String)>);

impl Asked {
    /// The authorization request to which a page redirects, at the provider with this URL.
    pub fn of(page: &Reply, url: &str) -> Self {
        let address = page.taken_to();
        let query = address.strip_prefix(&format!("{url}/authorize?")).expect("its address");
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// Returns a parameter if it is present.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

impl Forged {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with these parameters for its client.
    pub async fn start_with(parameters: &[(&str, &str)]) -> Self {
        Self::start_as(local::Options::default(), parameters).await
    }

    /// Starts with these options and parameters for its client.
    pub async fn start_as(options: local::Options, parameters: &[(&str, &str)]) -> Self {
        Self::start_at("", "", options, |_| CLIENT_SECRET.to_owned(), parameters).await
    }

    /// Starts with this path of its issuer, its metadata below this path, and these options, secret and parameters for its
    /// client.
    pub async fn start_at(
        path: &str,
        metadata_path: &str,
        options: local::Options,
        secret: impl FnOnce(&str) -> String,
        parameters: &[(&str, &str)],
    ) -> Self {
        let server = DocumentServer::start().await;
        let issuer = format!("{}{path}", server.url());
        let driftwood = client_as(options, &issuer, CLIENT_ID, &secret(&issuer), parameters).await;
        let metadata = json!({
            "issuer": issuer, "authorization_endpoint": format!("{}/authorize", server.url()),
            "token_endpoint": format!("{}/token", server.url()), "jwks_uri": format!("{}/jwks", server.url()),
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        });
        let (metadata, signer) = (Mutex::new(metadata), Signer::es256("1"));
        let metadata_path = format!("{metadata_path}/.well-known/openid-configuration");
        let forged = Self { server, driftwood, signer, metadata, metadata_path };
        forged.describe(&[]);
        forged.server.put("/jwks", Served::json(&forged.signer.jwks()));
        forged
    }

    /// Changes its metadata and publishes it.
    pub fn describe(&self, more: &[(&str, Value)]) {
        let mut metadata = self.metadata.lock().unwrap();
        for (name, value) in more {
            metadata[*name] = value.clone();
        }
        self.server.put(&self.metadata_path, Served::json(&metadata));
    }

    /// Its metadata.
    pub fn metadata(&self) -> Value {
        self.metadata.lock().unwrap().clone()
    }

    pub fn clock(&self) -> &Clock {
        &self.driftwood.clock
    }

    /// Presses the provider's button on a page, and returns the authorization request.
    pub async fn leave(&self, visitor: &Visitor<'_>, page: &Reply) -> Asked {
        let form = page.forms().into_iter().find(|form| form.action.ends_with("/upstream")).expect("a button");
        let fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.asked(&visitor.post(&form.action, &fields).await)
    }

    /// The authorization request to which a page redirects.
    pub fn asked(&self, page: &Reply) -> Asked {
        Asked::of(page, self.server.url())
    }

    /// Signs out in the browser, and presses the provider's button on the sign-in page.
    pub async fn leave_anew(&self, visitor: &Visitor<'_>) -> Asked {
        if visitor.cookies().contains_key("dw-sid") {
            visitor.forget("dw-sid");
        }
        let page = visitor.get("/oauth2/authorize/sign-in").await;
        self.leave(visitor, &page).await
    }

    /// The claims of a valid ID token.
    pub fn claims(&self, asked: &Asked, subject: &str) -> Value {
        let now = self.clock().now().as_seconds();
        json!({
            "iss": self.server.url(), "sub": subject, "aud": CLIENT_ID, "iat": now, "exp": now + 300,
            "nonce": asked.get("nonce"), "name": "Ada Lovelace", "email": format!("{subject}@example.com"),
        })
    }

    /// Sets the ID token that the token endpoint returns.
    pub fn give(&self, id_token: &str) {
        self.driftwood.keep_secret(id_token);
        let tokens = json!({"access_token": "upstream-access-token", "token_type": "Bearer", "id_token": id_token});
        self.driftwood.keep_secret("upstream-access-token");
        self.server.put("/token", Served::json(&tokens));
    }

    /// Sets the ID token that the token endpoint returns for this code.
    pub fn give_for(&self, code: &str, id_token: &str) {
        self.driftwood.keep_secret(id_token);
        let tokens = json!({"access_token": "upstream-access-token", "token_type": "Bearer", "id_token": id_token});
        self.server.put_for("/token", &format!("code={code}&"), Served::json(&tokens));
    }

    /// Sets the ID token that the token endpoint returns to a signed one with these claims.
    pub fn vouch(&self, claims: &Value) {
        self.give(&self.signer.sign(&self.signer.header(), claims));
    }

    /// Opens the callback with a code.
    pub async fn come_back(&self, visitor: &Visitor<'_>, asked: &Asked) -> Reply {
        self.come_back_with(visitor, asked, &[("code", "c0de")]).await
    }

    /// Opens the callback with these parameters.
    pub async fn come_back_with(&self, visitor: &Visitor<'_>, asked: &Asked, more: &[(&str, &str)]) -> Reply {
        let state = [("state", asked.get("state").unwrap())];
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(state.iter().chain(more)).finish();
        visitor.get(&format!("/oauth2/callback?{query}")).await
    }

    /// Signs in as the user with this subject, and returns the page after it.
    pub async fn sign_in(&self, visitor: &Visitor<'_>, subject: &str) -> Reply {
        let asked = self.leave_anew(visitor).await;
        self.vouch(&self.claims(&asked, subject));
        let back = self.come_back(visitor, &asked).await;
        visitor.get(&back.taken_to()).await
    }
}
