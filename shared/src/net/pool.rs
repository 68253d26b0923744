//! Connections that are kept open between requests.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::Incoming;
use lambda_http::http::{Request, Response};

use super::connection::{Connection, Failed, Origin, Unanswered};
use super::tls::{Tls, Trust};

/// How long an unused connection is kept: AWS closes it some minutes later.
const KEPT: Duration = Duration::from_secs(90);

/// Open connections. A request takes one that no other uses, or opens one, and leaves it for the next.
pub struct Pool {
    tls: Tls,
    idle: Mutex<HashMap<Origin, Vec<Idle>>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Pool {
    /// A pool without a connection, to servers whose certificates lead to these roots.
    pub fn new(trust: Trust) -> Self {
        Self { tls: Tls::new(trust), idle: Mutex::default() }
    }

    /// Sends a request with an absolute URI, and reads its response, of any status and of up to `longest` bytes.
    ///
    /// # Errors
    ///
    /// [`Failed`] only; the request may have been handled nevertheless.
    pub async fn exchange(&self, request: Request<Bytes>, longest: usize) -> Result<Response<Bytes>, Failed> {
        let (origin, mut request) = Origin::of(request)?;
        // A server may have closed an unused connection. A request that was not written yet comes back, and goes to another one.
        while let Some(mut connection) = self.take(&origin) {
            if connection.is_ready().await {
                match connection.send(request).await {
                    Ok(response) => return self.read(origin, connection, response, longest).await,
                    Err(Unanswered::Unsent(unsent)) => request = *unsent,
                    Err(Unanswered::Failed(failed)) => return Err(failed),
                }
            }
        }
        let mut connection = self.open(&origin).await?;
        let response = connection.send(request).await?;
        self.read(origin, connection, response, longest).await
    }

    /// Reads a response, and keeps its connection. A connection whose response was not read to its end is closed, so no request
    /// gets the response of another.
    async fn read(
        &self,
        origin: Origin,
        mut connection: Connection,
        response: Response<Incoming>,
        longest: usize,
    ) -> Result<Response<Bytes>, Failed> {
        let (parts, body) = response.into_parts();
        let body = connection.read(body, longest).await?;
        if connection.is_open() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.entry(origin).or_default().push(Idle { connection, since: Instant::now() });
        }
        Ok(Response::from_parts(parts, body))
    }

    /// The connection that was used last, because it is the least likely to be closed.
    fn take(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(origin)?;
        let last = kept.pop()?;
        if last.since.elapsed() > KEPT {
            // The others were unused for longer.
            kept.clear();
            return None;
        }
        Some(last.connection)
    }

    async fn open(&self, origin: &Origin) -> Result<Connection, Failed> {
        let found = tokio::net::lookup_host((origin.host(), origin.port())).await.map_err(Failed::broken)?;
        let tls = if origin.is_tls() { Some(self.tls.connector().map_err(Failed::Broken)?) } else { None };
        Connection::open(origin, &found.collect::<Vec<_>>(), tls).await
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::{Either, join, select};
    use tokio::sync::oneshot;

    use super::*;

    const LONGEST: usize = 64;

    /// A server that counts its connections, and gives each to `serve`, with its number from one.
    fn server(serve: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (address, count, serve) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)), Arc::new(serve));
        let counter = Arc::clone(&count);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (number, serve) = (counter.fetch_add(1, Ordering::SeqCst) + 1, Arc::clone(&serve));
                std::thread::spawn(move || serve(number, stream.unwrap()));
            }
        });
        (address, count)
    }

    /// Reads one request without a body; returns its path, or nothing at the end of the connection.
    fn read_path(stream: &mut TcpStream) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte).ok()? == 0 {
                return None;
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.contains("host: 127.0.0.1"), "{head}");
        head.split(' ').nth(1).map(str::to_owned)
    }

    fn answer(stream: &mut TcpStream, body: &str) {
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    }

    /// Answers each request with its own path.
    fn echo(_: usize, mut stream: TcpStream) {
        while let Some(path) = read_path(&mut stream) {
            answer(&mut stream, &path);
        }
    }

    async fn get(pool: &Pool, address: SocketAddr, path: &str) -> Result<String, Failed> {
        let request = Request::get(format!("http://{address}{path}")).body(Bytes::new()).unwrap();
        let response = pool.exchange(request, LONGEST).await?;
        Ok(String::from_utf8(response.into_body().to_vec()).unwrap())
    }

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
    }

    #[test]
    fn requests_share_a_connection_and_those_at_once_have_one_each() {
        let (address, connections) = server(echo);
        run(async {
            let pool = Pool::new(Trust::Aws);
            for path in ["/a", "/b", "/c"] {
                assert_eq!(get(&pool, address, path).await.unwrap(), path);
            }
            assert_eq!(connections.load(Ordering::SeqCst), 1);
            let (first, second) = join(get(&pool, address, "/d"), get(&pool, address, "/e")).await;
            assert_eq!((first.unwrap(), second.unwrap()), ("/d".to_owned(), "/e".to_owned()));
            assert_eq!(connections.load(Ordering::SeqCst), 2);
            let (first, second) = join(get(&pool, address, "/f"), get(&pool, address, "/g")).await;
            assert_eq!((first.unwrap(), second.unwrap()), ("/f".to_owned(), "/g".to_owned()));
            assert_eq!(connections.load(Ordering::SeqCst), 2, "both were kept");
        });
    }

    #[test]
    fn a_connection_that_the_server_closed_while_it_was_unused_fails_no_request() {
        let (closed, is_closed) = oneshot::channel();
        let closed = Mutex::new(Some(closed));
        let (address, connections) = server(move |number, mut stream| {
            if number > 1 {
                return echo(number, stream);
            }
            let path = read_path(&mut stream).unwrap();
            answer(&mut stream, &path);
            drop(stream);
            closed.lock().unwrap().take().unwrap().send(()).unwrap();
        });
        run(async {
            let pool = Pool::new(Trust::Aws);
            assert_eq!(get(&pool, address, "/a").await.unwrap(), "/a");
            is_closed.await.unwrap();
            // The runtime learns of it when it waits for something else, as a function does for its next event.
            let (other, _) = server(echo);
            assert_eq!(get(&pool, other, "/other").await.unwrap(), "/other");
            assert_eq!(get(&pool, address, "/b").await.unwrap(), "/b");
            assert_eq!(connections.load(Ordering::SeqCst), 2);
        });
    }

    #[test]
    fn a_response_that_is_too_long_is_refused_and_its_connection_is_not_used_again() {
        let (address, connections) = server(|_, mut stream| {
            while let Some(path) = read_path(&mut stream) {
                answer(&mut stream, &path.repeat(LONGEST));
            }
        });
        run(async {
            let pool = Pool::new(Trust::Aws);
            assert_eq!(get(&pool, address, "/").await.unwrap(), "/".repeat(LONGEST));
            let error = get(&pool, address, "/too-long").await.unwrap_err();
            assert!(matches!(error, Failed::TooLong), "{error}");
            assert_eq!(get(&pool, address, "/").await.unwrap(), "/".repeat(LONGEST));
            assert_eq!(connections.load(Ordering::SeqCst), 2);
        });
    }

    #[test]
    fn the_response_to_a_request_that_was_given_up_reaches_no_other() {
        let (came, has_come) = oneshot::channel();
        let came = Mutex::new(Some(came));
        let (address, connections) = server(move |number, mut stream| {
            if number > 1 {
                return echo(number, stream);
            }
            let path = read_path(&mut stream).unwrap();
            came.lock().unwrap().take().unwrap().send(()).unwrap();
            // The client is gone when it ends.
            assert_eq!(read_path(&mut stream), None, "{path}");
        });
        run(async {
            let pool = Pool::new(Trust::Aws);
            let given_up = Box::pin(get(&pool, address, "/a"));
            assert!(matches!(select(given_up, has_come).await, Either::Right(_)));
            assert_eq!(get(&pool, address, "/b").await.unwrap(), "/b");
            assert_eq!(connections.load(Ordering::SeqCst), 2);
        });
    }

    #[test]
    fn a_server_that_cannot_be_reached_or_ends_early_is_an_error() {
        let gone = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let (mute, _) = server(|_, mut stream| _ = read_path(&mut stream));
        let (short, _) = server(|_, mut stream| {
            read_path(&mut stream).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort").unwrap();
        });
        run(async {
            let pool = Pool::new(Trust::Aws);
            for address in [gone, mute, short] {
                let error = get(&pool, address, "/").await.unwrap_err();
                assert!(matches!(error, Failed::Broken(_)), "{error}");
            }
            let request = Request::get("/relative").body(Bytes::new()).unwrap();
            assert!(pool.exchange(request, LONGEST).await.is_err());
        });
    }
}
