//! Apps that send users to Driftwood, and the responses that they get.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::response::{Html, Redirect};
use axum::routing::any;
use axum::{Form, Router};
use maud::{DOCTYPE, html};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use super::tls::TlsListener;

/// The host of the app on the web; the browser maps it to this machine.
pub const HOST: &str = "album.example";
/// The longest name that an app can have.
pub const LONG_NAME: &str =
    "The Wonderfully Extraordinary Family Photo Album, Holiday Calendar and Recipe Collection of Hills";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The parameters of a response that the browser brought back.
pub type Answer = BTreeMap<String, String>;

/// The redirect URIs: by HTTPS for an app on the web, and by HTTP for a program on this device.
#[derive(Clone, Default)]
pub struct Callbacks(Arc<Mutex<Vec<Answer>>>);

impl Callbacks {
    /// Serves the page and returns its ports: HTTPS and HTTP.
    pub async fn serve(&self) -> (u16, u16) {
        let (web, device) = (listen().await, listen().await);
        let ports = (port(&web), port(&device));
        let program = Router::new().route("/cb", any(arrive)).route("/home", any(home)).with_state(self.clone());
        let elsewhere = format!("http://127.0.0.1:{}/home", ports.1);
        let app = Router::new().route("/cb", any(go_on)).with_state((self.clone(), elsewhere));
        let serve_web = axum::serve(TlsListener::new(web, HOST), app);
        tokio::spawn(async { serve_web.await });
        tokio::spawn(async { axum::serve(device, program).await });
        ports
    }

    /// The response to the request with this `state`.
    pub fn response_to(&self, state: &str) -> Answer {
        let answers = self.0.lock().unwrap();
        let mut found = answers.iter().filter(|answer| answer.get("state").is_some_and(|given| given == state));
        let answer = found.next().unwrap_or_else(|| panic!("no response to {state} came back, but {answers:?}"));
        assert!(found.next().is_none(), "{state} was answered twice");
        answer.clone()
    }
}

pub async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

pub fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("an address").port()
}

/// Records the parameters of a GET's query or of a POST's body.
async fn arrive(State(callbacks): State<Callbacks>, Form(answer): Form<Answer>) -> Html<String> {
    callbacks.0.lock().unwrap().push(answer);
    home().await
}

/// The same at an app on the web, whose callback goes on to another origin: browsers follow it there from a link, and not
/// from a form of a page that does not allow that origin.
async fn go_on(State((callbacks, elsewhere)): State<(Callbacks, String)>, Form(answer): Form<Answer>) -> Redirect {
    callbacks.0.lock().unwrap().push(answer);
    Redirect::to(&elsewhere)
}

async fn home() -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            // An icon of its own, so that the browser requests none.
            head { title { "Photo Album" } link rel="icon" href="data:,"; }
            body { h1 { "Back at the app" } }
        }
    };
    Html(page.into_string())
}

/// A registered app, which is public and uses PKCE.
pub struct App {
    pub client_id: String,
    pub redirect_uri: String,
    /// What it asks for.
    pub scope: &'static str,
}

/// What an app asks for, unless a story says otherwise.
pub const SCOPE: &str = "openid profile email contact_read";

impl App {
    /// The body that registers it.
    pub fn registration(name: &str, redirect_uri: &str) -> Value {
        json!({
            "name": name, "redirect_uris": [redirect_uri], "scopes": ["openid", "profile", "email", "contact_read"],
            "token_endpoint_auth_method": "none"
        })
    }

    /// The body by which it registers dynamically.
    pub fn client_metadata(name: &str, redirect_uri: &str) -> Value {
        json!({
            "client_name": name, "redirect_uris": [redirect_uri], "token_endpoint_auth_method": "none"
        })
    }

    /// The client ID metadata document that describes it, at this address.
    pub fn document(address: &str, name: &str, redirect_uri: &str) -> Value {
        json!({"client_id": address, "client_name": name, "redirect_uris": [redirect_uri]})
    }

    /// The address of its authorization request, with these parameters beside the usual ones.
    pub fn request(&self, server: &str, state: &str, more: &[(&str, &str)]) -> String {
        let parameters = self.parameters(state);
        let url = Url::parse_with_params(&format!("{server}/oauth2/authorize"), parameters.iter().chain(more));
        url.expect("an address").into()
    }

    /// The address of an authorization request that it has pushed.
    pub fn pushed_request(&self, server: &str, request_uri: &str) -> String {
        let parameters = [("client_id", self.client_id.as_str()), ("request_uri", request_uri)];
        Url::parse_with_params(&format!("{server}/oauth2/authorize"), parameters).expect("an address").into()
    }

    /// The parameters of its authorization request.
    pub fn parameters<'p>(&'p self, state: &'p str) -> [(&'static str, &'p str); 7] {
        [
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", self.scope),
            ("state", state),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]
    }

    /// The form that exchanges a code.
    pub fn exchange<'r>(&'r self, code: &'r str) -> [(&'static str, &'r str); 5] {
        [
            ("grant_type", "authorization_code"),
            ("client_id", &self.client_id),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ]
    }
}
