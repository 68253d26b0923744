//! Tables and secrets for the functions' processes: a local server in memory, in this process instead of theirs.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use axum::http::Request;
use local::evaluate::REGION;
use local::event::{Arrival, event};
use shared::clock::Clock;

use crate::call::Call;
use crate::failure::Failure;
use crate::gateway::Gateway;

/// The limits that are raised, so that none ends a measurement; attempts are still counted.
const LIMITS: [&str; 8] = [
    "LoginLimit",
    "LoginAddressLimit",
    "LoginEmailLimit",
    "RegisterAddressLimit",
    "ClientLimit",
    "ClientAddressLimit",
    "PendingLimit",
    "EventQuota",
];

/// A local server in memory.
pub struct Store {
    server: local::Server,
    /// The address of its DynamoDB and Secrets Manager.
    aws_url: String,
    /// A client for it.
    pub gateway: Gateway,
}

impl Store {
    /// Starts a server whose functions sign with this algorithm.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(algorithm: &str) -> Result<Self, Failure> {
        let set = [("SigningAlgorithm", algorithm)].into_iter().chain(LIMITS.map(|limit| (limit, "1000000")));
        let set = set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let aws = Some((IpAddr::V4(Ipv4Addr::LOCALHOST), 0));
        let server = local::start(local::Options { set, aws, ..local::Options::default() }).await?;
        let address = server.aws_address.ok_or("the server has no port for AWS")?;
        Ok(Self { gateway: Gateway::new(&server.url)?, aws_url: format!("http://{address}"), server })
    }

    /// The functions of the template.
    pub fn functions(&self) -> Vec<String> {
        self.server.stack.functions.keys().cloned().collect()
    }

    /// The environment that the template gives a function, with AWS at this store's addresses; empty for another program.
    pub fn environment(&self, function: &str) -> BTreeMap<String, String> {
        let Some(function) = self.server.stack.functions.get(function) else { return BTreeMap::new() };
        let mut environment = function.environment.clone();
        for (name, value) in [
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_SESSION_TOKEN", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.aws_url),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.aws_url),
        ] {
            environment.insert(name.to_owned(), value.to_owned());
        }
        environment
    }

    /// The address of its DynamoDB.
    pub fn dynamodb_url(&self) -> String {
        self.aws_url.clone()
    }

    /// The event that API Gateway would send for a request.
    ///
    /// # Errors
    ///
    /// When the request is invalid.
    pub fn event(&self, call: &Call) -> Result<String, Failure> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(&call.target)
            .header("host", "abcdefghij.execute-api.eu-central-1.amazonaws.com")
            .header("user-agent", "curl/8.14.1")
            .header("x-amzn-trace-id", "Root=1-68d0f3a2-3c5e7f0a1b2c3d4e5f607182")
            .header("x-forwarded-port", "443");
        if !call.body.is_empty() {
            request = request.header("content-length", call.body.len());
        }
        if !call.headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", "*/*");
        }
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let (parts, ()) = request.body(())?.into_parts();
        let arrival = Arrival {
            route: &format!("ANY {}", parts.uri.path()),
            path_parameters: BTreeMap::new(),
            source: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)),
            time: Clock::System.now(),
        };
        Ok(event(&parts, call.body.as_bytes(), &arrival)?)
    }

    /// Stops it.
    pub async fn stop(self) {
        self.server.shutdown().await;
    }
}
