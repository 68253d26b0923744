//! An upstream provider with which users sign in.

use serde_json::json;
use shared::domain::crypto::secret::Secret;

use super::client::Client;
use super::reply::Reply;
use super::test_server::TestServer;
use super::visitor::Visitor;

/// The name of the provider on the pages.
pub const PROVIDER: &str = "Acme";

/// A server where users sign in with an upstream provider, which is a Driftwood server too.
pub struct Bridge {
    pub upstream: TestServer,
    pub driftwood: TestServer,
}

impl Bridge {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with these parameters for the provider's client.
    pub async fn start_with(parameters: &[(&str, &str)]) -> Self {
        let upstream = TestServer::start().await;
        // The port is not known yet, and on loopback it is not compared.
        let settings = json!({
            "name": "Bridge", "redirect_uris": ["http://127.0.0.1/oauth2/callback"], "scopes": ["openid", "profile", "email"],
        });
        let app = upstream.client(settings).await.app;
        let driftwood = client_of(&upstream.server.url, &app.client_id, &app.client_secret, parameters).await;
        Self { upstream, driftwood }
    }

    /// A user without cookies at either server.
    pub fn user(&self) -> ProviderUser<'_> {
        ProviderUser { here: self.driftwood.visitor(), there: self.upstream.visitor() }
    }
}

/// Starts a server that is a client of this provider.
pub async fn client_of(issuer: &str, client_id: &str, client_secret: &str, parameters: &[(&str, &str)]) -> TestServer {
    client_as(local::Options::default(), issuer, client_id, client_secret, parameters).await
}

/// Starts a server with options that is a client of this provider.
pub async fn client_as(
    options: local::Options,
    issuer: &str,
    client_id: &str,
    client_secret: &str,
    parameters: &[(&str, &str)],
) -> TestServer {
    let ours = [("UpstreamIssuer", issuer), ("UpstreamClientId", client_id), ("UpstreamName", PROVIDER)];
    let set = ours.iter().chain(parameters).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let upstream_secret = Some(Secret::new(client_secret));
    let driftwood = TestServer::start_as(local::Options { set, upstream_secret, ..options }).await;
    driftwood.keep_secret(client_secret);
    driftwood
}

/// A user with one browser, which has cookies of both servers.
pub struct ProviderUser<'b> {
    pub here: Visitor<'b>,
    pub there: Visitor<'b>,
}

impl ProviderUser<'_> {
    /// Presses the provider's button on a page, and returns the path at the provider.
    pub async fn leave(&self, page: &Reply) -> String {
        let form = page.forms().into_iter().find(|form| form.action.ends_with("/upstream")).expect("a button");
        let fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.path_there(&self.here.post(&form.action, &fields).await)
    }

    /// The path at the provider to which a page redirects.
    pub fn path_there(&self, page: &Reply) -> String {
        let address = page.taken_to();
        let path = address.strip_prefix(&self.there.driftwood.server.url).expect("an address of the provider");
        path.to_owned()
    }

    /// Consents at the provider as a signed-in user, if the consent page is shown, and returns the callback path.
    pub async fn pass(&self, path: &str) -> String {
        let page = self.there.follow(self.there.get(path).await).await;
        let page = if page.leaves() { page } else { self.there.allow(&page).await };
        self.path_back(&page)
    }

    /// The callback path to which the provider redirects.
    pub fn path_back(&self, page: &Reply) -> String {
        let address = page.leaves_to();
        let back = address.strip_prefix(&self.here.driftwood.server.url).unwrap_or_default();
        assert!(back.starts_with("/oauth2/callback?"), "{} {address} {}", page.status, page.text);
        back.to_owned()
    }

    /// Opens the callback and continues to the first page for the user.
    pub async fn come_back(&self, path: &str) -> Reply {
        let page = self.here.get(path).await;
        self.continue_from(page).await
    }

    /// Follows redirects and automatic redirects of pages.
    pub async fn continue_from(&self, page: Reply) -> Reply {
        let page = self.here.follow(page).await;
        if page.header("refresh").is_empty() {
            return page;
        }
        let path = page.taken_to();
        self.here.follow(self.here.get(&path).await).await
    }

    /// Signs in with the provider from a page.
    pub async fn sign_in_there(&self, page: &Reply) -> Reply {
        let there = self.leave(page).await;
        let back = self.pass(&there).await;
        self.come_back(&back).await
    }

    /// The sign-in page without an authorization request.
    pub async fn sign_in_page(&self) -> Reply {
        self.here.get("/oauth2/authorize/sign-in").await
    }

    /// The first page of an authorization request of this client.
    pub async fn page_for(&self, client: &Client, more: &[(&str, &str)]) -> Reply {
        self.here.authorize(client, more).await
    }
}
