//! node-oidc-provider with its state in the same DynamoDB, in a process of its own.

use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use local::evaluate::REGION;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::answer::{Content, Expected, text};
use crate::binaries::root;
use crate::call::Call;
use crate::calls::{Counter, Spent};
use crate::failure::Failure;
use crate::flow::PeerRequest;
use crate::gateway::Gateway;
use crate::progress::progress;
use crate::requests::Requests;
use crate::schedule;

/// Its folder.
const FOLDER: &str = "infra/bench/peer";
/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);
/// The secret of its client.
const SECRET: &str = "a-secret-of-the-same-length-as-ours-would-be";

/// A running peer and its requests; it is killed when this is dropped.
pub struct Peer {
    /// Its version, and that of Node.
    pub version: String,
    child: Child,
    gateway: Gateway,
    requests: Requests,
}

impl Peer {
    /// Installs what its lock file names.
    ///
    /// # Errors
    ///
    /// When npm cannot.
    pub async fn install() -> Result<(), Failure> {
        progress("installing the peer");
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(root().join(FOLDER));
        // The report is on stdout.
        let status = npm.stdout(Stdio::null()).kill_on_drop(true).status().await?;
        if status.success() { Ok(()) } else { Err("npm could not install the peer".into()) }
    }

    /// Starts it with a table of its own in the DynamoDB at this address.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(dynamodb: &str, request: PeerRequest) -> Result<Self, Failure> {
        let mut node = Command::new("node");
        node.arg("server.js").current_dir(root().join(FOLDER)).kill_on_drop(true);
        node.envs([
            ("NODE_ENV", "production"),
            // Such as that a version of Node is old; the report names it.
            ("NODE_NO_WARNINGS", "1"),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
            ("TABLE_NAME", &table()),
            ("CLIENT_SECRET", SECRET),
        ]);
        let mut child = node.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("the peer has no output")?).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await??.ok_or("the peer did not start")?;
        let started: Value = serde_json::from_str(&line)?;
        let gateway = Gateway::new(&text(&started, "/url")?)?;
        let requests = requests(&gateway, request, text(&started, "/refresh_token")?).await?;
        Ok(Self { version: text(&started, "/version")?, child, gateway, requests })
    }

    /// Counts what one request requests of DynamoDB, in another process.
    ///
    /// # Errors
    ///
    /// As [`Peer::start`] and [`Peer::ask`].
    pub async fn spent(dynamodb: &str, request: PeerRequest) -> Result<Spent, Failure> {
        let counter = Counter::before(dynamodb).await?;
        let mut peer = Self::start(&counter.url, request).await?;
        peer.ask(1).await?;
        counter.take();
        peer.ask(1).await?;
        let spent = counter.take();
        peer.child.kill().await?;
        Ok(spent)
    }

    /// Sends it requests, each after the response to the one before.
    ///
    /// # Errors
    ///
    /// When one does not succeed.
    pub async fn ask(&mut self, requests: u32) -> Result<(), Failure> {
        for _ in 0..requests {
            let answer = self.gateway.ask(&self.requests.next().await?).await?;
            self.requests.check(&answer)?;
        }
        Ok(())
    }

    /// The CPU time of one request, on average, of all threads of its process.
    ///
    /// # Errors
    ///
    /// As [`Peer::ask`].
    pub async fn cpu(&mut self, requests: u32) -> Result<Duration, Failure> {
        let id = self.child.id().ok_or("the peer has ended")?;
        let before = schedule::process(id)?;
        self.ask(requests).await?;
        Ok(schedule::process(id)?.saturating_sub(before) / requests)
    }
}

async fn requests(gateway: &Gateway, request: PeerRequest, refresh_token: String) -> Result<Requests, Failure> {
    let credentials = STANDARD.encode(format!("machine:{SECRET}"));
    let issue = Call::form("/token", "grant_type=client_credentials").basic(&credentials);
    Ok(match request {
        PeerRequest::ClientCredentials => Requests::Same(issue, Expected::new(200, Content::Field("/access_token"))),
        PeerRequest::Introspection => {
            let token = text(&gateway.send(&issue).await?, "/access_token")?;
            let ask = Call::form("/token/introspection", &format!("token={token}")).basic(&credentials);
            Requests::Same(ask, Expected::new(200, Content::True("/active")))
        }
        PeerRequest::Refresh => Requests::Rotating {
            call: Box::new(|token| {
                Call::form("/token", &format!("grant_type=refresh_token&client_id=app&refresh_token={token}"))
            }),
            token: refresh_token,
            next: "/refresh_token",
            also: "/id_token",
        },
    })
}

/// The name of a new table.
fn table() -> String {
    static TABLES: AtomicU64 = AtomicU64::new(0);
    format!("Peer{}", TABLES.fetch_add(1, Ordering::Relaxed))
}
