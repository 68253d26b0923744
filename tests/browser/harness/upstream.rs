//! An upstream provider, which is a Driftwood at its own host: the cookies of one host are those of all its ports.

use local::Options;
use serde_json::json;
use shared::domain::crypto::secret::Secret;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use super::api::Api;
use super::apps::{listen, port};

/// The name that users see.
pub const PROVIDER_NAME: &str = "Acme Identity";

/// The provider, at `localhost`.
pub struct UpstreamProvider {
    pub url: String,
    server: local::Server,
}

impl UpstreamProvider {
    /// Starts it behind a port that is known before the server starts.
    pub async fn start() -> Self {
        let listener = listen().await;
        let url = format!("http://localhost:{}", port(&listener));
        let options = Options { issuer: Some(url.clone()), ..Options::default() };
        let server = local::start(options).await.expect("the provider starts");
        let behind = server.url.strip_prefix("http://").expect("an address").to_owned();
        tokio::spawn(forward(listener, behind));
        Self { url, server }
    }

    /// Registers a client, and adds to the options what a server needs to be that client.
    pub async fn register_client(&self, options: Options) -> Options {
        let api = Api::of(&self.server.url);
        let developer = api.developer().await;
        let app = json!({
            // On loopback the port is not compared.
            "name": "Driftwood", "redirect_uris": ["http://127.0.0.1/oauth2/callback"], "scopes": ["openid", "profile", "email"],
        });
        let created = api.post("oauth-apps-create", &developer, app).await;
        let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
        let ours = [
            ("UpstreamIssuer", self.url.clone()),
            ("UpstreamClientId", text(&created["result"]["app"]["client_id"])),
            ("UpstreamName", PROVIDER_NAME.to_owned()),
        ];
        let set = options.set.iter().cloned().chain(ours.map(|(name, value)| (name.to_owned(), value))).collect();
        let upstream_secret = Some(Secret::new(text(&created["result"]["client_secret"])));
        Options { set, upstream_secret, ..options }
    }

    /// Registers a user there.
    pub async fn registers(&self, name: &str, email: &str) {
        Api::of(&self.server.url).registers(name, email).await;
    }

    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// Forwards every connection to the server behind the listener.
async fn forward(listener: TcpListener, behind: String) {
    while let Ok((mut outside, _)) = listener.accept().await {
        let behind = behind.clone();
        tokio::spawn(async move {
            let mut inside = TcpStream::connect(&behind).await?;
            copy_bidirectional(&mut outside, &mut inside).await
        });
    }
}
