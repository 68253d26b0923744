//! Any caller can cause the fetch of a document, so fetches are limited.

use super::{HOST, client, document_with, start_with};
use crate::harness::Served;
use serde_json::json;

#[tokio::test]
async fn a_caller_who_requests_too_many_documents_must_wait() {
    let (driftwood, documents) = start_with(&[("DocumentLimit", "3"), ("DocumentWindowSeconds", "600")]).await;
    for n in 0..5 {
        let id = format!("{HOST}/{n}.json");
        documents.put(&format!("/{n}.json"), Served::json(&document_with(&json!({"client_id": id}))));
        let client = driftwood.unowned_client(&id, "", "https://app.notes.example/cb");
        if n < 3 {
            assert_eq!(driftwood.visitor().authorize(&client, &[]).await.heading(), "Sign in");
            continue;
        }
        let page = driftwood.visitor().get(&client.authorize_path(&[])).await;
        page.refused_page(429, "Too many attempts");
        assert_eq!(page.header("retry-after"), "600");
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let refused = client.token(&driftwood, &form).await;
        refused.refused_oauth(429, "temporarily_unavailable");
        assert_eq!(refused.header("retry-after"), "600");
    }
    assert_eq!(documents.asked().len(), 3, "nothing more was fetched");
    let first = driftwood.unowned_client(&format!("{HOST}/0.json"), "", "https://app.notes.example/cb");
    assert_eq!(driftwood.visitor().authorize(&first, &[]).await.heading(), "Sign in", "the cache is not counted");
    assert_eq!(driftwood.visitor().authorize(&driftwood.spa().await, &[]).await.heading(), "Sign in");
    driftwood.advance(600);
    assert_eq!(driftwood.visitor().authorize(&client(&driftwood), &[]).await.heading(), "Sign in");
}

#[tokio::test]
async fn a_missing_document_is_counted_too() {
    let (driftwood, documents) = start_with(&[("DocumentLimit", "3")]).await;
    for n in 0..6 {
        let client = driftwood.unowned_client(&format!("{HOST}/nothing/{n}"), "", "https://app.notes.example/cb");
        let page = driftwood.visitor().get(&client.authorize_path(&[])).await;
        assert_eq!(page.status, if n < 3 { 400 } else { 429 });
    }
    assert_eq!(documents.asked().len(), 3);
}
