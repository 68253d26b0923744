//! Client ID metadata documents, by which apps describe themselves at their own addresses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri, header};
use serde_json::Value;

use super::apps::{listen, port};

/// The host of the documents; the server maps it to this machine.
pub const DOCUMENT_HOST: &str = "notes.example";

/// The path at which the host is unavailable.
pub const BUSY: &str = "/busy.json";

/// The documents of [`DOCUMENT_HOST`].
#[derive(Clone, Default)]
pub struct Documents(Arc<Mutex<BTreeMap<String, Value>>>);

impl Documents {
    /// Serves the documents and returns the port.
    pub async fn serve(&self) -> u16 {
        let listener = listen().await;
        let (port, router) = (port(&listener), Router::new().fallback(give).with_state(self.clone()));
        tokio::spawn(async { axum::serve(listener, router).await });
        port
    }

    /// Publishes a document and returns its address, from which `describe` derives the document.
    pub fn publish(&self, path: &str, describe: impl FnOnce(&str) -> Value) -> String {
        let address = format!("https://{DOCUMENT_HOST}{path}");
        self.0.lock().unwrap().insert(path.to_owned(), describe(&address));
        address
    }
}

async fn give(State(documents): State<Documents>, uri: Uri) -> Response {
    match documents.0.lock().unwrap().get(uri.path()) {
        _ if uri.path() == BUSY => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(document) => ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
