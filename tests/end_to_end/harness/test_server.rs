//! A server for one test: its clock, its wire to AWS, its tables, and the requests to it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::crypto::secret::Secret;

use super::document::{Contract, Sent};
use super::grants::granted;
use super::logs::{self, Log};
use super::reply::Reply;
use super::shapes;
use super::wire::{Call, Pause, Trouble, Wire};

/// A password that the policy accepts.
pub const PASSWORD: &str = "correct horse battery staple";

/// The signing keys of all servers in this process: generating an RSA key takes longer than most tests.
static SIGNING_KEYS: OnceLock<Secret> = OnceLock::new();

/// A server with an empty database, on its own port, with a clock that only tests advance.
pub struct TestServer {
    pub server: local::Server,
    pub clock: Clock,
    wire: Wire,
    pub(super) http: reqwest::Client,
    calls_at_start: Vec<Call>,
    /// Every secret that the server returned; no log line may contain one.
    secrets: Mutex<Vec<String>>,
    users: AtomicU64,
    requests: AtomicU64,
    log: Log,
    log_start: usize,
    pub contract: Arc<Contract>,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with parameters of the template.
    pub async fn start_with(parameters: &[(&str, &str)]) -> Self {
        let set = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::start_as(local::Options { set, ..local::Options::default() }).await
    }

    /// Starts with options; the clock, the recorder and the tables are those of tests.
    pub async fn start_as(options: local::Options) -> Self {
        let log = logs::current();
        let log_start = log.end();
        let (clock, wire) = (Clock::manual(), Wire::default());
        let tap = wire.clone();
        let options = local::Options {
            clock: clock.clone(),
            signing_keys: SIGNING_KEYS.get().cloned(),
            dynamodb_endpoint: external_dynamodb(),
            wire: Some(Arc::new(move |function, transport| tap.tap(function, transport))),
            ..options
        };
        let server = local::start(options).await.expect("the server starts");
        if SIGNING_KEYS.get().is_none() {
            let rotate = &server.apps["keys-rotate"];
            let current = rotate.secrets.current(&rotate.config.signing_keys_secret).await.expect("keys");
            // Of servers that start concurrently, the first one sets them.
            _ = SIGNING_KEYS.set(current.value);
        }
        let http = machine(1);
        let calls_at_start = wire.calls();
        wire.enforce(granted(&server.stack));
        let contract = Contract::of(&server.apps["openapi"].config);
        Self {
            server,
            clock,
            wire,
            http,
            calls_at_start,
            secrets: Mutex::default(),
            users: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            log,
            log_start,
            contract,
        }
    }

    /// Advances the clock.
    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The requests to AWS since the last call of this function.
    pub fn calls(&self) -> Vec<Call> {
        self.wire.calls()
    }

    /// The requests to AWS during the start.
    pub fn calls_at_start(&self) -> Vec<Call> {
        self.calls_at_start.clone()
    }

    /// Fails the next `times` requests of an operation.
    pub fn inject_fault(&self, operation: &str, trouble: Trouble, times: usize) {
        self.wire.plan(operation, trouble, times);
    }

    /// Fails the next `times` requests of an operation in one function.
    pub fn inject_fault_in(&self, function: &str, operation: &str, trouble: Trouble, times: usize) {
        self.wire.plan_in(function, operation, trouble, times);
    }

    /// Stops the next request of an operation until it is resumed.
    pub fn pause(&self, operation: &str) -> Pause {
        self.wire.pause(operation)
    }

    /// From now on, one in so many requests of these functions fails in some way.
    pub fn storm(&self, functions: &[&str], one_in: u64) {
        self.wire.storm(functions, one_in);
    }

    /// Runs a function as its schedule does, and kills it when it sends this operation. Returns whether that came.
    pub async fn kill_at(&self, function: &str, operation: &str) -> bool {
        let pause = self.wire.pause(operation);
        let is_killed = tokio::select! {
            _ = self.server.run(function) => false,
            () = pause.has_come() => true,
        };
        self.wire.clear_pauses();
        is_killed
    }

    /// Clears all planned faults, and returns how many happened.
    pub fn clear_faults(&self) -> usize {
        self.wire.clear_faults()
    }

    /// How many passwords this function has hashed so far.
    pub fn hashes(&self, function: &str) -> u64 {
        self.server.apps.get(function).expect("a function").passwords.hashes()
    }

    /// Sends a request, and asserts that the response is in the OpenAPI document.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Reply {
        self.send_from(&self.http, method, path, headers, body).await
    }

    /// The same from another machine.
    pub async fn send_from(
        &self,
        machine: &reqwest::Client,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Reply {
        let mut request = machine.request(method, format!("{}{path}", self.server.url)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.build().expect("a request");
        let sent = Sent {
            method: request.method().clone(),
            path: path.to_owned(),
            headers: request.headers().clone(),
            body: request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec(),
        };
        let response = machine.execute(request).await.expect("a response");
        // A preflight reaches no handler, so it is not logged.
        self.requests.fetch_add(u64::from(sent.method != Method::OPTIONS), Ordering::SeqCst);
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let reply = Reply { status, headers, text: response.text().await.expect("a body") };
        self.contract.assert_documented(&sent, &reply);
        self.keep_secrets(&reply);
        reply
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], "").await
    }

    /// Posts JSON to a hyphenated endpoint, without authentication.
    pub async fn post(&self, name: &str, body: Value) -> Reply {
        self.post_as("", name, body).await
    }

    /// Posts JSON to a hyphenated endpoint with an access token.
    pub async fn post_as(&self, token: &str, name: &str, body: Value) -> Reply {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("content-type", "application/json")];
        if !token.is_empty() {
            headers.push(("authorization", &bearer));
        }
        self.send(Method::POST, &format!("/api/{name}"), &headers, body.to_string()).await
    }

    /// Posts a form to an endpoint for clients.
    pub async fn form(&self, path: &str, headers: &[(&str, &str)], form: &str) -> Reply {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.send(Method::POST, path, &all, form.to_owned()).await
    }

    /// Posts a form to the token endpoint.
    pub async fn token_form(&self, headers: &[(&str, &str)], form: &str) -> Reply {
        self.form("/oauth2/token", headers, form).await
    }

    /// An unused e-mail address.
    pub fn new_email(&self) -> String {
        format!("user{}@example.com", self.users.fetch_add(1, Ordering::SeqCst))
    }

    /// Records a secret that no log line may contain.
    pub fn keep_secret(&self, secret: &str) {
        self.secrets.lock().unwrap().push(secret.to_owned());
    }

    pub async fn login(&self, email: &str, password: &str) -> Reply {
        self.post("auth-login", json!({"email": email, "password": password})).await
    }

    /// Signs in from another machine.
    pub async fn login_from(&self, machine: &reqwest::Client, email: &str, password: &str) -> Reply {
        let body = json!({"email": email, "password": password}).to_string();
        let headers = [("content-type", "application/json")];
        self.send_from(machine, Method::POST, "/api/auth-login", &headers, body).await
    }

    pub async fn refresh(&self, refresh_token: &str) -> Reply {
        self.post("auth-refresh-token", json!({"refresh_token": refresh_token})).await
    }

    /// Says whether this access token still works.
    pub async fn is_alive(&self, access_token: &str) -> bool {
        match self.post_as(access_token, "contacts-list", json!({})).await.status {
            200 => true,
            401 => false,
            status => panic!("{status} is no answer to this"),
        }
    }

    /// How many items a table has.
    pub async fn count_items(&self, table: &str) -> usize {
        self.items(table).await.len()
    }

    /// How many authorizations, codes and similar items there are, without the links of registration mails.
    pub async fn count_authorizations(&self) -> usize {
        let items = self.items("Authorizations").await;
        items.iter().filter(|item| !item["sk"].as_s().expect("a string").starts_with("link#")).count()
    }

    /// All items of a table.
    pub async fn items(&self, table: &str) -> Vec<HashMap<String, AttributeValue>> {
        let scan = self.server.dynamodb.scan().table_name(self.server.table(table)).send().await.expect("a scan");
        scan.items().to_vec()
    }

    /// The items of a table whose sort keys begin so.
    pub async fn items_of(&self, table: &str, sort: &str) -> Vec<HashMap<String, AttributeValue>> {
        let items = self.items(table).await;
        items.into_iter().filter(|item| item["sk"].as_s().expect("a string").starts_with(sort)).collect()
    }

    /// Puts an item into a table, as another version might.
    pub async fn put_item(&self, table: &str, item: HashMap<String, AttributeValue>) {
        let put = self.server.dynamodb.put_item().table_name(self.server.table(table)).set_item(Some(item));
        put.send().await.expect("a write");
    }

    /// Deletes an item directly from its table.
    pub async fn delete_item(&self, table: &str, pk: &str, sk: &str) {
        let delete = self.server.dynamodb.delete_item().table_name(self.server.table(table));
        let delete = delete.key("pk", AttributeValue::S(pk.to_owned())).key("sk", AttributeValue::S(sk.to_owned()));
        delete.send().await.expect("a write");
    }

    /// Says whether a line about this was logged; all tests share the log.
    pub fn has_logged(&self, about: &str, message: &str) -> bool {
        let lines = self.log.lines(self.log_start);
        lines.iter().any(|line| line.contains(about) && line.contains(message))
    }

    /// The line about the request with this id.
    pub fn log_line(&self, request_id: &str) -> Value {
        let lines = self.log.lines(self.log_start);
        let line = lines.iter().find(|line| line.contains(request_id)).expect("a line about the request");
        serde_json::from_str(line).expect("JSON")
    }

    /// Every secret that the server returned, in its responses and in its mail.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = self.secrets.lock().unwrap().clone();
        secrets.extend(self.server.mailbox.mails().iter().flat_map(|mail| tokens(&mail.mail.text)));
        secrets.push(PASSWORD.to_owned());
        secrets
    }

    fn keep_secrets(&self, reply: &Reply) {
        let json = reply.json();
        let places = [&json, &json["result"]];
        let names = [
            "access_token",
            "refresh_token",
            "client_secret",
            "id_token",
            "device_code",
            "request_uri",
            "registration_access_token",
        ];
        let found = places.iter().flat_map(|place| names.iter().filter_map(|name| place[name].as_str()));
        let address = reply.header(if reply.leaves_by_page() { "refresh" } else { "location" });
        let query = address.split_once('?').map_or("", |(_, query)| query);
        let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code").map(|(_, code)| code);
        self.secrets.lock().unwrap().extend(found.map(str::to_owned).chain(code.map(String::from)));
    }
}

/// A machine with a network address of its own; the tests run on the first.
pub fn machine(number: u8) -> reqwest::Client {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    client.local_address(IpAddr::from([127, 0, 0, number])).build().expect("a client")
}

/// Asserts at the end of every test that no log line of the suite contains a secret that the server returned.
impl Drop for TestServer {
    fn drop(&mut self) {
        shapes::note_end();
        if !std::thread::panicking() {
            self.log.assert_without(self.log_start, &self.secrets());
            assert!(
                self.requests.load(Ordering::SeqCst) == 0 || self.has_logged("\"request_id\"", ""),
                "requests are logged"
            );
        }
    }
}

/// The tokens of the links in a mail, without their prefixes, which are no secrets.
fn tokens(text: &str) -> impl Iterator<Item = String> {
    text.split("?token=").skip(1).filter_map(|rest| rest.lines().next()?.get("dw_ml_".len()..)).map(str::to_owned)
}

#[expect(clippy::disallowed_methods, reason = "the environment selects the DynamoDB of the suite")]
fn external_dynamodb() -> Option<String> {
    std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok().filter(|url| !url.is_empty())
}
