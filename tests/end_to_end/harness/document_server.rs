//! Somebody else's web server, on this machine: it has the documents of clients, and remembers who asked for them.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

use super::driftwood::Driftwood;

/// A web server with documents; at every other path it has nothing.
pub struct DocumentServer {
    url: String,
    site: Arc<Site>,
}

#[derive(Default)]
struct Site {
    served: Mutex<BTreeMap<String, Served>>,
    asked: Mutex<Vec<String>>,
    is_away: Mutex<bool>,
}

/// What there is at a path.
#[derive(Clone, Debug)]
pub struct Served {
    status: u16,
    headers: BTreeMap<&'static str, String>,
    body: String,
    /// How much of the answer is sent before the server falls silent; everything, if nothing else is said.
    sent: usize,
}

impl Served {
    /// A JSON document.
    pub fn json(document: &Value) -> Self {
        Self::text(&document.to_string())
    }

    /// A document with this text, which calls itself JSON.
    pub fn text(body: &str) -> Self {
        let headers = BTreeMap::from([("content-type", "application/json".to_owned())]);
        Self { status: 200, headers, body: body.to_owned(), sent: usize::MAX }
    }

    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.to_owned());
        self
    }

    /// The same, but the server falls silent after so many bytes and keeps the connection open.
    pub fn silent_after(self, sent: usize) -> Self {
        Self { sent, ..self }
    }

    fn response(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = self.body.len();
        format!(
            "HTTP/1.1 {} Said\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{}",
            self.status, self.body
        )
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

    /// From now on every connection breaks, or none.
    pub fn set_away(&self, is_away: bool) {
        *self.site.is_away.lock().unwrap() = is_away;
    }

    /// The paths that were asked for, in their order.
    pub fn asked(&self) -> Vec<String> {
        self.site.asked.lock().unwrap().clone()
    }
}

async fn answer(site: Arc<Site>, stream: TcpStream) -> io::Result<()> {
    if *site.is_away.lock().unwrap() {
        return Ok(());
    }
    let head = read_head(&stream).await?;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    site.asked.lock().unwrap().push(path.clone());
    let served = site.served.lock().unwrap().get(&path).cloned();
    let served = served.unwrap_or_else(|| Served::text("{}").status(404));
    let response = served.response();
    write(&stream, &response.as_bytes()[..served.sent.min(response.len())]).await?;
    if served.sent < response.len() {
        std::future::pending::<()>().await;
    }
    Ok(())
}

async fn read_head(stream: &TcpStream) -> io::Result<String> {
    let (mut head, mut part) = (Vec::new(), [0; 1024]);
    while !head.ends_with(b"\r\n\r\n") {
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

impl Driftwood {
    /// Starts where these hosts, such as `https://app.example`, are these servers.
    pub async fn start_with_documents(hosts: &[(&str, &DocumentServer)], parameters: &[(&str, &str)]) -> Self {
        let mapped = |(host, server): &(&str, &DocumentServer)| {
            local::MappedHost::parse(&format!("{host}={}", server.url)).expect("a host and its place")
        };
        let set = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let fetch_map = hosts.iter().map(mapped).collect();
        Self::start_as(local::Options { set, fetch_map, ..local::Options::default() }).await
    }
}
