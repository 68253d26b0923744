use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::client::id::ClientId;
use shared::domain::client::standing::{Review, Standing};
use shared::domain::types::origin::Origin;
use shared::store::{Load, Reviewed};

use super::answer::Answer;
use super::reply::Reply;
use super::signer::{JWT_BEARER, Signer};
use super::test_server::TestServer;
use super::users::{Alice, Program};

/// An OAuth client with a redirect URI, and its developer.
#[derive(Clone, Debug)]
pub struct Client {
    pub app: Program,
    pub developer: Alice,
    pub redirect_uri: String,
    pub issuer: String,
    /// The key for `private_key_jwt`, if the client authenticates with one.
    pub signer: Option<Signer>,
}

/// The PKCE verifier of all clients.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

impl TestServer {
    pub async fn client_of(&self, developer: &Alice, settings: Value) -> Client {
        let redirect_uri = settings["redirect_uris"][0].as_str().unwrap_or_default().to_owned();
        let app = self.program(developer, settings).await;
        Client { app, developer: developer.clone(), redirect_uri, issuer: self.server.url.clone(), signer: None }
    }

    /// A client of a new developer, with these settings.
    pub async fn client(&self, settings: Value) -> Client {
        let developer = self.verified_alice().await;
        self.client_of(&developer, settings).await
    }

    /// A public client with all usual scopes, which an operator reviewed.
    pub async fn spa(&self) -> Client {
        let spa = self.unreviewed_spa().await;
        self.review(&spa, Standing::Reviewed).await;
        spa
    }

    /// The same before an operator reviewed it.
    pub async fn unreviewed_spa(&self) -> Client {
        self.client(json!({
            "name": "Photo Album", "redirect_uris": ["https://album.example/cb"], "token_endpoint_auth_method": "none",
            "scopes": ["openid", "profile", "email", "contact_read", "contact_write", "offline_access"],
        }))
        .await
    }

    /// Reviews a client as it is, without an operator.
    pub async fn review(&self, client: &Client, standing: Standing) {
        let app = &self.server.apps["oauth-apps-review"];
        let load = Load { client: ClientId::parse(&client.app.client_id), ..Load::default() };
        let found = app.load(load).await.expect("a read").client.expect("a client");
        let event = AuditEvent::new(AuditAction::ClientReviewed, Origin::default(), self.clock.now());
        let review = Review { standing, identity: found.reviewable(), at: event.at, has_logo: false };
        let reviewed = app.stores.review(&found, &review, None, &event).await.expect("a write");
        assert_eq!(reviewed, Reviewed::Done);
    }

    /// A confidential client with the same scopes, which also acts for itself.
    pub async fn web_app(&self) -> Client {
        self.client(json!({
            "name": "Web App", "redirect_uris": ["https://web.example/cb"],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "scopes": ["openid", "profile", "email", "contact_read", "contact_write", "offline_access"],
        }))
        .await
    }

    /// A client with all usual grants that authenticates with this key, which `place` sets as `jwks` or `jwks_uri`.
    pub async fn signing_client(&self, signer: &Signer, place: (&str, Value)) -> Client {
        let mut settings = json!({
            "name": "Signing App", "redirect_uris": ["https://signing.example/cb"],
            "token_endpoint_auth_method": "private_key_jwt",
            "grant_types": [
                "authorization_code", "refresh_token", "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code",
            ],
            "scopes": ["openid", "profile", "email", "contact_read", "offline_access"],
        });
        settings[place.0] = place.1;
        Client { signer: Some(signer.clone()), ..self.client(settings).await }
    }

    /// An unowned client: it registered dynamically, or a document describes it.
    pub fn unowned_client(&self, client_id: &str, client_secret: &str, redirect_uri: &str) -> Client {
        let (client_id, client_secret) = (client_id.to_owned(), client_secret.to_owned());
        let app = Program { id: String::new(), client_id, client_secret };
        let developer = Alice::from("", &Value::Null);
        let issuer = self.server.url.clone();
        Client { app, developer, redirect_uri: redirect_uri.to_owned(), issuer, signer: None }
    }
}

impl Client {
    fn is_public(&self) -> bool {
        self.app.client_secret.is_empty() && self.signer.is_none()
    }

    /// The authorization request; `more` replaces default parameters, and an empty value leaves one out.
    pub fn request(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let challenge = challenge(VERIFIER);
        let usual = [
            ("response_type", "code"),
            ("client_id", self.app.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("scope", "openid profile email contact_read"),
            ("state", "st4te"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let unchanged = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let all = unchanged.chain(more.iter().copied().filter(|(_, value)| !value.is_empty()));
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The authorization URL to which it sends users.
    pub fn authorize_path(&self, more: &[(&str, &str)]) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(self.request(more)).finish();
        format!("/oauth2/authorize?{query}")
    }

    /// Pushes an authorization request (RFC 9126).
    pub async fn push(&self, driftwood: &TestServer, more: &[(&str, &str)]) -> Reply {
        let request = self.request(more);
        let fields: Vec<_> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.call(driftwood, "/oauth2/par", &fields).await
    }

    /// The authorization URL with a pushed request.
    pub fn pushed_path(&self, request_uri: &str) -> String {
        let fields = [("client_id", self.app.client_id.as_str()), ("request_uri", request_uri)];
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        format!("/oauth2/authorize?{query}")
    }

    /// The authorization response at its redirect URI, which must have the issuer.
    #[track_caller]
    pub fn answer(&self, reply: &Reply) -> Answer {
        let location = &reply.leaves_to();
        let (uri, query) = location.split_once('?').expect("a query");
        assert_eq!(uri, self.redirect_uri.split('?').next().unwrap());
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let answer = Answer(pairs.iter().cloned().collect());
        assert_eq!(answer.0.len(), pairs.len(), "no parameter is duplicated: {location}");
        assert_eq!(answer.0.get("iss"), Some(&self.issuer), "{location}");
        answer
    }

    /// Sends a form to an endpoint for clients, authenticated as it is registered.
    pub async fn call(&self, driftwood: &TestServer, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields.iter().copied().filter(|(_, value)| !value.is_empty()));
        let basic = self.app.basic();
        let mut headers = Vec::new();
        if let Some(signer) = &self.signer {
            let assertion = signer.assertion(&self.app.client_id, &self.issuer, driftwood.clock.now());
            form.append_pair("client_assertion_type", JWT_BEARER).append_pair("client_assertion", &assertion);
        } else if !self.is_public() {
            headers.push(("authorization", basic.as_str()));
        } else if fields.iter().all(|(name, _)| *name != "client_id") {
            form.append_pair("client_id", &self.app.client_id);
        }
        driftwood.form(path, &headers, &form.finish()).await
    }

    pub async fn token(&self, driftwood: &TestServer, fields: &[(&str, &str)]) -> Reply {
        self.call(driftwood, "/oauth2/token", fields).await
    }

    /// Revokes a token.
    pub async fn revoke(&self, driftwood: &TestServer, token: &str) -> Reply {
        self.call(driftwood, "/oauth2/revoke", &[("token", token)]).await
    }

    /// Introspects a token.
    pub async fn introspect(&self, driftwood: &TestServer, token: &str) -> Value {
        let reply = self.call(driftwood, "/oauth2/introspect", &[("token", token)]).await;
        assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
        reply.json()
    }

    /// Exchanges a code; `more` replaces default parameters.
    pub async fn exchange_with(&self, driftwood: &TestServer, code: &str, more: &[(&str, &str)]) -> Reply {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let unchanged = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let fields: Vec<(&str, &str)> = unchanged.chain(more.iter().copied()).collect();
        self.token(driftwood, &fields).await
    }

    pub async fn exchange(&self, driftwood: &TestServer, code: &str) -> Reply {
        self.exchange_with(driftwood, code, &[]).await
    }

    pub async fn refresh(&self, driftwood: &TestServer, refresh_token: &str) -> Reply {
        self.token(driftwood, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }
}
