//! An issuer of the tests' own.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// An issuer whose documents can be changed, and that counts who asks for its keys.
pub struct Issuer {
    pub url: String,
    pub metadata: Mutex<Value>,
    pub keys: Mutex<Vec<Value>>,
    asked: AtomicUsize,
}

impl Issuer {
    /// Starts an issuer with these keys.
    pub async fn start(keys: Vec<Value>) -> Arc<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let metadata = json!({"issuer": url, "jwks_uri": format!("{url}/keys")});
        let issuer = Self { url, metadata: Mutex::new(metadata), keys: Mutex::new(keys), asked: AtomicUsize::new(0) };
        let issuer = Arc::new(issuer);
        let (of_metadata, of_keys) = (Arc::clone(&issuer), Arc::clone(&issuer));
        let routes = Router::new()
            .route(
                "/.well-known/oauth-authorization-server",
                get(move || async move { of_metadata.metadata.lock().unwrap().to_string() }),
            )
            .route(
                "/keys",
                get(move || async move {
                    of_keys.asked.fetch_add(1, Ordering::Relaxed);
                    json!({"keys": *of_keys.keys.lock().unwrap()}).to_string()
                }),
            );
        tokio::spawn(async move { axum::serve(listener, routes).await });
        issuer
    }

    /// How often the keys were requested.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}
