//! Clients that a document describes (OAuth Client ID Metadata Document).

mod cache;
mod consent;
mod flow;
mod keys;
mod limit;
mod places;
mod real;
mod refused;

use serde_json::{Value, json};

use crate::harness::{Client, DocumentServer, TestServer};

const HOST: &str = "https://notes.example";
const PATH: &str = "/client.json";
/// The address of the document, which is the client's id.
const CLIENT_ID: &str = "https://notes.example/client.json";

const BROKEN: &str = "This link does not work";
const UNREACHABLE: &str = "We cannot reach the app";

fn document() -> Value {
    json!({
        "client_id": CLIENT_ID, "client_name": "Field Notes", "redirect_uris": ["https://app.notes.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none",
    })
}

/// The document with these changes; `null` removes a field.
fn document_with(change: &Value) -> Value {
    let mut document = document();
    document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    document.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    document
}

/// A server, and the web server with the document.
async fn start() -> (TestServer, DocumentServer) {
    start_with(&[]).await
}

async fn start_with(parameters: &[(&str, &str)]) -> (TestServer, DocumentServer) {
    let documents = DocumentServer::with(PATH, &document()).await;
    let driftwood = TestServer::start_with_documents(&[(HOST, &documents)], parameters).await;
    (driftwood, documents)
}

fn client(driftwood: &TestServer) -> Client {
    driftwood.unowned_client(CLIENT_ID, "", "https://app.notes.example/cb")
}
