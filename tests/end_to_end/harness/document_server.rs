//! A third-party web server on this machine: it serves the documents of clients and records the requests.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

use super::test_server::TestServer;

/// A web server with documents; every other path is 404.
pub struct DocumentServer {
    url: String,
    site: Arc<Site>,
}

#[derive(Default)]
struct Site {
    served: Mutex<BTreeMap<String, Served>>,
    /// The response at a path for a request that contains this text.
    served_for: Mutex<BTreeMap<(String, String), Served>>,
    asked: Mutex<Vec<String>>,
    /// All requests, head and body.
    requests: Mutex<Vec<String>>,
    is_away: Mutex<bool>,
    /// The paths that are not answered yet.
    held: Mutex<BTreeMap<String, watch::Receiver<bool>>>,
    came: Notify,
}

/// A path that is not answered until this is released.
pub struct Held(watch::Sender<bool>);

impl Held {
    /// Answers the requests that have come, and those that will.
    pub fn release(&self) {
        self.0.send_replace(true);
    }
}

/// The response at a path.
#[derive(Clone, Debug)]
pub struct Served {
    status: u16,
    headers: BTreeMap<&'static str, String>,
    body: Vec<u8>,
    /// How many bytes of the response are sent before the server stops sending; all by default.
    sent: usize,
}

impl Served {
    /// A JSON document.
    pub fn json(document: &Value) -> Self {
        Self::text(&document.to_string())
    }

    /// A response with this text and the content type of JSON.
    pub fn text(body: &str) -> Self {
        Self::bytes(body.as_bytes())
    }

    /// The same with these bytes.
    pub fn bytes(body: &[u8]) -> Self {
        let headers = BTreeMap::from([("content-type", "application/json".to_owned())]);
        Self { status: 200, headers, body: body.to_vec(), sent: usize::MAX }
    }

    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.to_owned());
        self
    }

    /// Stops sending after this many bytes and keeps the connection open.
    pub fn silent_after(self, sent: usize) -> Self {
        Self { sent, ..self }
    }

    fn response(&self) -> Vec<u8> {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = self.body.len();
        let head =
            format!("HTTP/1.1 {} Said\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n", self.status);
        [head.into_bytes(), self.body.clone()].concat()
    }
}

impl DocumentServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let site = Arc::<Site>::default();
        let serving = Arc::clone(&site);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(Arc::clone(&serving), stream));
            }
        });
        Self { url, site }
    }

    /// A server with one document.
    pub async fn with(path: &str, document: &Value) -> Self {
        let server = Self::start().await;
        server.put(path, Served::json(document));
        server
    }

    pub fn put(&self, path: &str, served: Served) {
        self.site.served.lock().unwrap().insert(path.to_owned(), served);
    }

    /// Sets the response for requests that contain this text.
    pub fn put_for(&self, path: &str, text: &str, served: Served) {
        self.site.served_for.lock().unwrap().insert((path.to_owned(), text.to_owned()), served);
    }

    /// Takes requests for a path, and does not answer them until that is released.
    pub fn hold(&self, path: &str) -> Held {
        let (release, held) = watch::channel(false);
        self.site.held.lock().unwrap().insert(path.to_owned(), held);
        Held(release)
    }

    /// Waits until so many requests for a path have come.
    pub async fn has_got(&self, path: &str, count: usize) {
        loop {
            let came = self.site.came.notified();
            if self.requests(path).len() >= count {
                return;
            }
            came.await;
        }
    }

    /// Deletes the recorded requests.
    pub fn forget(&self) {
        self.site.requests.lock().unwrap().clear();
    }

    /// Starts or stops to close every connection.
    pub fn set_away(&self, is_away: bool) {
        *self.site.is_away.lock().unwrap() = is_away;
    }

    /// The URL of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The requests for a path, head and body.
    pub fn requests(&self, path: &str) -> Vec<String> {
        let requests = self.site.requests.lock().unwrap();
        requests.iter().filter(|request| request.split(' ').nth(1) == Some(path)).cloned().collect()
    }

    /// The requested paths, in order.
    pub fn asked(&self) -> Vec<String> {
        self.site.asked.lock().unwrap().clone()
    }
}

async fn answer(site: Arc<Site>, stream: TcpStream) -> io::Result<()> {
    if *site.is_away.lock().unwrap() {
        return Ok(());
    }
    let head = read_request(&stream).await?;
    site.requests.lock().unwrap().push(head.clone());
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    site.asked.lock().unwrap().push(path.clone());
    site.came.notify_waiters();
    let held = site.held.lock().unwrap().get(&path).cloned();
    if let Some(mut held) = held {
        _ = held.wait_for(|is_released| *is_released).await;
    }
    let is_meant = |(meant, text): &(String, String)| *meant == path && head.contains(text);
    let special =
        site.served_for.lock().unwrap().iter().find(|(key, _)| is_meant(key)).map(|(_, served)| served.clone());
    let served = special.or_else(|| site.served.lock().unwrap().get(&path).cloned());
    let served = served.unwrap_or_else(|| Served::text("{}").status(404));
    let response = served.response();
    write(&stream, &response[..served.sent.min(response.len())]).await?;
    if served.sent < response.len() {
        std::future::pending::<()>().await;
    }
    Ok(())
}

async fn read_request(stream: &TcpStream) -> io::Result<String> {
    let (mut head, mut part) = (Vec::new(), [0; 1024]);
    while !is_whole(&head) {
        stream.readable().await?;
        match stream.try_read(&mut part) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => head.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Says whether a request is complete.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

async fn write(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl TestServer {
    /// Starts with these hosts, such as `https://app.example`, mapped to these servers.
    pub async fn start_with_documents(hosts: &[(&str, &DocumentServer)], parameters: &[(&str, &str)]) -> Self {
        let set = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let fetch_map = documents_of(hosts);
        Self::start_as(local::Options { set, fetch_map, ..local::Options::default() }).await
    }
}

/// Maps these hosts to these servers.
pub fn documents_of(hosts: &[(&str, &DocumentServer)]) -> local::FetchMap {
    let mapped = |(host, server): &(&str, &DocumentServer)| {
        local::MappedHost::parse(&format!("{host}={}", server.url)).expect("a host and its address")
    };
    hosts.iter().map(mapped).collect()
}
