//! Everything that a story needs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use local::{MappedHost, Options};
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::client::id::ClientId;
use shared::domain::client::logo::{ImageType, Logo};
use shared::domain::client::standing::{Review, Standing};
use shared::domain::types::origin::Origin;
use shared::store::Load;

use super::api::{Api, PASSWORD};
use super::apps::{Answer, App, Callbacks, HOST, LONG_NAME, SCOPE};
use super::browser::Browser;
use super::chromedriver::Chromedriver;
use super::devices::Device;
use super::documents::{DOCUMENT_HOST, Documents};
use super::look::Look;
use super::upstream::UpstreamProvider;

/// A server with an empty database, three apps, and a browser with an empty profile.
pub struct Stage {
    pub browser: Browser,
    pub api: Api,
    /// On the web, and reviewed with its logo, so its consent is remembered.
    pub album: App,
    /// A program on the user's device, which has to ask for consent each time; it has a very long name.
    pub program: App,
    /// An app on another device.
    pub tv: Device,
    /// The redirect URI of a program on the user's device.
    pub loopback: String,
    documents: Documents,
    callbacks: Callbacks,
    upstream: Option<UpstreamProvider>,
    server: local::Server,
    _driver: Chromedriver,
}

impl Stage {
    pub async fn set(look: Look) -> Self {
        Self::set_with(look, Options::default(), None).await
    }

    /// The same, where apps wait until the user's address is confirmed.
    pub async fn with_required_verification(look: Look) -> Self {
        let set = vec![("RequireVerifiedEmail".to_owned(), "true".to_owned())];
        Self::set_with(look, Options { set, ..Options::default() }, None).await
    }

    /// The same, with another API that apps may use.
    pub async fn with_api(look: Look, api: &str) -> Self {
        let set = vec![("Resources".to_owned(), api.to_owned())];
        Self::set_with(look, Options { set, ..Options::default() }, None).await
    }

    /// The same, where users can also sign in with an upstream provider.
    pub async fn with_upstream_provider(look: Look) -> Self {
        let upstream = UpstreamProvider::start().await;
        let options = upstream.register_client(Options::default()).await;
        Self::set_with(look, options, Some(upstream)).await
    }

    /// The same, where the upstream provider cannot be reached.
    pub async fn with_unreachable_provider(look: Look) -> Self {
        let upstream = UpstreamProvider::start().await;
        let options = upstream.register_client(Options::default()).await;
        // No process listens at this port, which needs more rights than a test has.
        let set = options.set.into_iter().map(|(name, value)| match name.as_str() {
            "UpstreamIssuer" => (name, "http://localhost:1".to_owned()),
            _ => (name, value),
        });
        let options = Options { set: set.collect(), ..options };
        Self::set_with(look, options, Some(upstream)).await
    }

    async fn set_with(look: Look, options: Options, upstream: Option<UpstreamProvider>) -> Self {
        let (callbacks, documents) = (Callbacks::default(), Documents::default());
        let ((web, device), described) = (callbacks.serve().await, documents.serve().await);
        let described = MappedHost::parse(&format!("https://{DOCUMENT_HOST}=http://127.0.0.1:{described}"));
        let fetch_map = described.into_iter().collect();
        // As in a deployment.
        let deployed = [("MailLimit", "5"), ("MailWindowSeconds", "3600"), ("DeletionGraceSeconds", "604800")];
        let deployed = deployed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let set = options.set.iter().cloned().chain(deployed).collect();
        let server = local::start(Options { fetch_map, set, ..options }).await.expect("the server starts");

        let api = Api::of(&server.url);
        let developer = api.developer().await;
        let album = api.app(&developer, "Photo Album", &format!("https://{HOST}/cb")).await;
        review(&server, &album).await;
        let loopback = format!("http://127.0.0.1:{device}/cb");
        let program = api.app(&developer, LONG_NAME, &loopback).await;
        let tv = api.device(&developer, "Living Room TV").await;

        let driver = Chromedriver::start();
        // The browser sends no request beyond this machine.
        let hosts = format!(
            "MAP {HOST} 127.0.0.1:{web}, MAP {DOCUMENT_HOST} 127.0.0.1:{web}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
        );
        let browser = Browser::open(&driver.url(), look, &hosts).await;
        Self { browser, api, album, program, tv, loopback, documents, callbacks, upstream, server, _driver: driver }
    }

    /// The address of a page.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    /// The upstream provider.
    pub fn upstream(&self) -> &UpstreamProvider {
        self.upstream.as_ref().expect("an upstream provider")
    }

    /// The address of a page of the upstream provider.
    pub fn at_provider(&self, path: &str) -> String {
        format!("{}{path}", self.upstream().url)
    }

    /// An app sends the user to Driftwood.
    pub async fn send(&self, app: &App, state: &str, more: &[(&str, &str)]) {
        self.browser.go(&app.request(&self.server.url, state, more)).await;
    }

    /// A new user registers in the browser, without an app.
    pub async fn registers(&self, name: &str, email: &str) {
        let browser = &self.browser;
        browser.go(&self.at("/oauth2/authorize/register")).await;
        browser.sees("Create your account").await;
        browser.fill("name", name).await;
        browser.fill("email", email).await;
        browser.fill("password", PASSWORD).await;
        browser.press("Create account").await;
        browser.sees("Your account").await;
    }

    /// An app describes itself in a document at `path` of its own host.
    pub fn describe(&self, path: &str, name: &str, redirect_uri: &str) -> App {
        let client_id = self.documents.publish(path, |address| App::document(address, name, redirect_uri));
        App { client_id, redirect_uri: redirect_uri.to_owned(), scope: SCOPE }
    }

    /// An app describes itself as another app, which has its own address.
    pub fn impersonate(&self, path: &str, other: &App) -> App {
        let document = App::document(&other.client_id, "Quick Notes", &other.redirect_uri);
        let client_id = self.documents.publish(path, |_| document);
        App { client_id, redirect_uri: other.redirect_uri.clone(), scope: SCOPE }
    }

    /// Another program than the server posts a message to a webhook's address.
    pub async fn forges(&self, url: &str, body: &'static str) {
        let url = url.parse().expect("an address");
        self.server.internet.post(&url, HeaderMap::new(), body.into()).await.expect("an answer");
    }

    /// The response to the request with this `state`, once the browser is back at the app.
    pub async fn response_to(&self, state: &str) -> Answer {
        self.browser.sees("Back at the app").await;
        let answer = self.callbacks.response_to(state);
        assert_eq!(answer["iss"], self.server.url, "the response names the issuer");
        answer
    }

    /// Ends the story, and asserts that the console showed no error.
    pub async fn end(self) {
        self.browser.assert_quiet().await;
        self.browser.close().await;
        self.server.shutdown().await;
        if let Some(upstream) = self.upstream {
            upstream.shutdown().await;
        }
    }
}

/// An image of one pixel, which fills the place of a logo.
const LOGO: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGO4WeUFAAPNAZ68yXpxAAAAAElFTkSuQmCC";

/// An operator has reviewed an app.
async fn review(server: &local::Server, reviewed: &App) {
    let app = &server.apps["oauth-apps-review"];
    let load = Load { client: ClientId::parse(&reviewed.client_id), ..Load::default() };
    let client = app.load(load).await.expect("a read").client.expect("a client");
    let event = AuditEvent::new(AuditAction::ClientReviewed, Origin::default(), app.clock.now());
    let review = Review { standing: Standing::Reviewed, identity: client.reviewable(), at: event.at, has_logo: true };
    let logo = Logo::new(ImageType::Png, &STANDARD.decode(LOGO).expect("base64"));
    app.stores.review(&client, &review, Some(&logo), &event).await.expect("a write");
}
