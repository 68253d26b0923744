use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::driftwood::{Alice, Driftwood, Program};
use super::reply::Reply;
use super::visitor::Answer;

/// An OAuth client with a redirect URI, and its developer.
#[derive(Clone, Debug)]
pub struct Client {
    pub app: Program,
    pub developer: Alice,
    pub redirect_uri: String,
    pub issuer: String,
}

/// A PKCE verifier, the same for all: what it must not match is another one.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

impl Driftwood {
    pub async fn client_of(&self, developer: &Alice, settings: Value) -> Client {
        let redirect_uri = settings["redirect_uris"][0].as_str().unwrap_or_default().to_owned();
        let app = self.program(developer, settings).await;
        Client { app, developer: developer.clone(), redirect_uri, issuer: self.server.url.clone() }
    }
}

impl Client {
    fn is_public(&self) -> bool {
        self.app.client_secret.is_empty()
    }

    /// Where it sends people; what `more` names stands in place of the usual, and an empty value leaves it out.
    pub fn authorize_path(&self, more: &[(&str, &str)]) -> String {
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
        let kept = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let all = kept.chain(more.iter().copied().filter(|(_, value)| !value.is_empty()));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        format!("/oauth2/authorize?{query}")
    }

    /// What it gets at its redirect URI: always with its state and with who answered.
    #[track_caller]
    pub fn answer(&self, reply: &Reply) -> Answer {
        assert_eq!(reply.status, 303, "{}", reply.text);
        let location = reply.header("location");
        let (uri, query) = location.split_once('?').expect("a query");
        assert_eq!(uri, self.redirect_uri.split('?').next().unwrap());
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let answer = Answer(pairs.iter().cloned().collect());
        assert_eq!(answer.0.len(), pairs.len(), "nothing stands twice: {location}");
        assert_eq!(answer.0.get("iss"), Some(&self.issuer), "{location}");
        answer
    }

    /// Sends a form to the token endpoint, authenticated as it is registered.
    pub async fn token(&self, driftwood: &Driftwood, fields: &[(&str, &str)]) -> Reply {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields.iter().copied().filter(|(_, value)| !value.is_empty()));
        if self.is_public() {
            form.append_pair("client_id", &self.app.client_id);
            driftwood.token_form(&[], &form.finish()).await
        } else {
            driftwood.token_form(&[("authorization", &self.app.basic())], &form.finish()).await
        }
    }

    /// Exchanges a code, with what `more` names in place of the usual.
    pub async fn exchange_with(&self, driftwood: &Driftwood, code: &str, more: &[(&str, &str)]) -> Reply {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let kept = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let fields: Vec<(&str, &str)> = kept.chain(more.iter().copied()).collect();
        self.token(driftwood, &fields).await
    }

    pub async fn exchange(&self, driftwood: &Driftwood, code: &str) -> Reply {
        self.exchange_with(driftwood, code, &[]).await
    }

    pub async fn refresh(&self, driftwood: &Driftwood, refresh_token: &str) -> Reply {
        self.token(driftwood, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }
}
