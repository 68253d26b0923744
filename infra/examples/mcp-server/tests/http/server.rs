//! The MCP server under test, and a client that says what it wants and nothing else.

use std::net::Ipv4Addr;
use std::sync::Arc;

use mcp_server::settings::Settings;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::issuer::Issuer;
use crate::signing::{RSA, SigningKey, differ};

/// In the year 2100.
const LATER: u64 = 4_102_444_800;

/// A server that trusts an issuer.
pub struct Server {
    pub issuer: Arc<Issuer>,
    pub origin: String,
    http: Client,
}

/// What a server says.
pub struct Answer {
    pub status: u16,
    pub challenge: String,
    pub body: Value,
}

impl Server {
    /// A server, and an issuer with the RSA key.
    pub async fn start() -> Self {
        Self::trusting(Issuer::start(vec![RSA.jwk.clone()]).await).await
    }

    /// A server that trusts this issuer.
    pub async fn trusting(issuer: Arc<Issuer>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let settings = Settings::new(&issuer.url, &format!("{origin}/mcp")).unwrap();
        tokio::spawn(mcp_server::serve(listener, settings, std::future::pending()));
        Self { issuer, origin, http: Client::new() }
    }

    /// The URL of the MCP endpoint, which is the audience of its tokens.
    pub fn resource(&self) -> String {
        format!("{}/mcp", self.origin)
    }

    /// The claims of a good token.
    pub fn claims(&self) -> Value {
        json!({
            "iss": self.issuer.url, "aud": self.resource(), "exp": LATER, "iat": 1_700_000_000, "jti": "1",
            "sub": "ada", "client_id": "app", "scope": "contact_read",
        })
    }

    /// A good token, save for some claims.
    pub fn token(&self, key: &SigningKey, differences: Value) -> String {
        key.sign(&differ(self.claims(), differences))
    }

    /// Asks for a document.
    pub async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.origin)).send().await.unwrap()
    }

    /// A call of a tool, yet without a token, and to this address behind the origin.
    pub fn request(&self, path: &str, tool: &str, arguments: Value) -> RequestBuilder {
        let call = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}
        });
        self.http
            .post(format!("{}{path}", self.origin))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-11-25")
            .body(call.to_string())
    }

    /// Calls a tool with a token.
    pub async fn call(&self, token: &str, tool: &str, arguments: Value) -> Answer {
        Answer::to(self.request("/mcp", tool, arguments).header(AUTHORIZATION, format!("Bearer {token}"))).await
    }

    /// A call as clients make it since 2026-07-28: each says all about itself, in headers too.
    pub fn newest(&self, token: &str, tool: &str) -> RequestBuilder {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }}});
        self.http
            .post(self.resource())
            .bearer_auth(token)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", tool)
            .body(call.to_string())
    }

    /// Calls the tool that needs no scope.
    pub async fn whoami(&self, token: &str) -> Answer {
        self.call(token, "whoami", json!({})).await
    }
}

impl Answer {
    /// The answer to a request.
    pub async fn to(request: RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let challenge = answer.headers().get(WWW_AUTHENTICATE).map_or("", |value| value.to_str().unwrap()).to_owned();
        let status = answer.status().as_u16();
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        Self { status, challenge, body }
    }

    /// What the tool answered.
    pub fn result(&self) -> &Value {
        &self.body["result"]["structuredContent"]
    }

    /// Whether the token was refused, and the client told so.
    pub fn is_refusal(&self) -> bool {
        self.status == 401 && self.challenge.contains(r#"error="invalid_token""#)
    }
}
