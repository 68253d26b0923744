//! How long a document is cached.

use futures_util::future::join_all;
use serde_json::json;

use super::{BROKEN, HOST, PATH, UNREACHABLE, client, document, document_with, start};
use crate::harness::{Client, DEVICE_GRANT, Served, TestServer, Trouble};

/// The current name of the client.
async fn name(driftwood: &TestServer, client: &Client) -> &'static str {
    let page = driftwood.visitor().authorize(client, &[]).await;
    let shown = ["Field Notes", "New Name"].into_iter().find(|name| page.text.contains(name));
    shown.unwrap_or_else(|| panic!("a page for the client: {}", page.text))
}

#[tokio::test]
async fn a_document_is_cached_as_long_as_its_server_says_from_a_minute_to_a_day() {
    let (driftwood, documents) = start().await;
    for (n, (header, seconds)) in [
        ("max-age=600", 600),
        ("public, Max-Age=\"120\"", 120),
        ("max-age=0", 60),
        ("no-store", 60),
        ("no-cache, max-age=600", 60),
        ("max-age=59", 60),
        ("max-age=86400", 86_400),
        ("max-age=31536000, immutable", 86_400),
        ("max-age=99999999999999999999", 3_600),
        ("max-age=-1", 3_600),
        ("max-age=soon", 3_600),
        ("", 3_600),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/{n}.json");
        let id = format!("{HOST}{path}");
        let client = driftwood.unowned_client(&id, "", "https://app.notes.example/cb");
        let fetches = || documents.asked().iter().filter(|asked| **asked == path).count();
        let first = document_with(&json!({"client_id": id}));
        documents.put(&path, Served::json(&first).header("cache-control", header));
        assert_eq!(name(&driftwood, &client).await, "Field Notes");
        documents.put(&path, Served::json(&document_with(&json!({"client_id": id, "client_name": "New Name"}))));
        driftwood.advance(seconds - 1);
        assert_eq!((name(&driftwood, &client).await, fetches()), ("Field Notes", 1), "{header}");
        driftwood.advance(1);
        assert_eq!((name(&driftwood, &client).await, fetches()), ("New Name", 2), "{header}");
    }
}

#[tokio::test]
async fn every_endpoint_uses_the_cached_document() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    let grants = json!({"grant_types": ["authorization_code", "refresh_token", DEVICE_GRANT]});
    documents.put(PATH, Served::json(&document_with(&grants)));
    let unknown = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    client.token(&driftwood, &unknown).await.refused_oauth(400, "invalid_grant");
    assert_eq!(client.revoke(&driftwood, "x").await.status, 200);
    assert_eq!(client.push(&driftwood, &[]).await.status, 201);
    assert_eq!(client.call(&driftwood, "/oauth2/device_authorization", &[("scope", "openid")]).await.status, 200);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    assert_eq!(client.exchange(&driftwood, &code).await.status, 200);
    assert_eq!(documents.asked(), [PATH]);
}

#[tokio::test]
async fn an_invalid_document_is_not_cached() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    for (mistake, heading) in [
        (Served::text("").status(404), BROKEN),
        (Served::text("").status(503), UNREACHABLE),
        (Served::text("{"), BROKEN),
        (Served::json(&document_with(&json!({"client_id": "https://other.example/"}))), BROKEN),
        (Served::json(&document()).status(404), BROKEN),
    ] {
        let mistake = mistake.header("cache-control", "max-age=86400");
        documents.put(PATH, mistake.clone());
        let page = driftwood.visitor().get(&client.authorize_path(&[])).await;
        page.refused_page(400, heading);
        documents.put(PATH, Served::json(&document()).header("cache-control", "max-age=60"));
        assert_eq!(name(&driftwood, &client).await, "Field Notes", "{mistake:?}");
        driftwood.advance(60);
    }
    assert_eq!(documents.asked().len(), 10);
}

#[tokio::test]
async fn a_document_that_became_invalid_is_not_replaced_by_its_cached_version() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&client, &[]).await.code();
    driftwood.advance(3_600);
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    for change in [json!({"client_id": "https://other.example/"}), json!({"redirect_uris": []})] {
        documents.put(PATH, Served::json(&document_with(&change)));
        visitor.get(&client.authorize_path(&[])).await.refused_page(400, BROKEN);
        client.token(&driftwood, &form).await.refused_oauth(401, "invalid_client");
    }
}

#[tokio::test]
async fn while_its_server_fails_a_client_goes_on_for_a_day_and_begins_nothing() {
    for trouble in [
        None,
        Some(Served::text("").status(503)),
        Some(Served::text("").status(429)),
        Some(Served::text("").status(404)),
        Some(Served::text("").status(302).header("location", "https://notes.example/other")),
        Some(Served::text("<html>Maintenance</html>").header("content-type", "text/html")),
    ] {
        let (driftwood, documents) = start().await;
        let grants = json!({"grant_types": ["authorization_code", "refresh_token", DEVICE_GRANT]});
        documents.put(PATH, Served::json(&document_with(&grants)));
        let client = client(&driftwood);
        let visitor = driftwood.visitor();
        visitor.signed_up().await;
        let code = visitor.approve(&client, &[]).await.code().to_owned();
        let mut tokens = client.exchange(&driftwood, &code).await.json();
        match &trouble {
            None => documents.set_away(true),
            Some(served) => documents.put(PATH, served.clone()),
        }
        driftwood.advance(3_600);
        let asked = documents.asked().len();
        for _ in 0..3 {
            let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
            assert_eq!(refreshed.status, 200, "{trouble:?}: {}", refreshed.text);
            tokens = refreshed.json();
        }
        assert!(documents.asked().len() <= asked + 1, "a server that failed is asked once a minute");
        assert_eq!(client.revoke(&driftwood, "x").await.status, 200, "{trouble:?}");
        let page = visitor.get(&client.authorize_path(&[])).await;
        assert_eq!(page.status, 400, "no user comes in by it: {trouble:?}");
        client.push(&driftwood, &[]).await.refused_oauth(503, "temporarily_unavailable");
        let device = client.call(&driftwood, "/oauth2/device_authorization", &[("scope", "openid")]).await;
        device.refused_oauth(503, "temporarily_unavailable");
        driftwood.advance(86_400 - 1);
        let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(refreshed.status, 200, "{trouble:?}: {}", refreshed.text);
        tokens = refreshed.json();
        driftwood.advance(1);
        let late = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
        late.refused_oauth(503, "temporarily_unavailable");
        assert!(!late.header("retry-after").is_empty(), "{trouble:?}");
        documents.set_away(false);
        documents.put(PATH, Served::json(&document_with(&grants)));
        let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(refreshed.status, 200, "it lost nothing: {trouble:?}");
    }
}

#[tokio::test]
async fn a_client_goes_on_when_its_address_may_fetch_no_more() {
    let (driftwood, documents) = super::start_with(&[("DocumentLimit", "1"), ("DocumentWindowSeconds", "86400")]).await;
    let client = client(&driftwood);
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let code = visitor.approve(&client, &[]).await.code().to_owned();
    driftwood.advance(30);
    let tokens = client.exchange(&driftwood, &code).await.json();
    driftwood.advance(3_600);
    let refreshed = client.refresh(&driftwood, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!((refreshed.status, documents.asked().len()), (200, 1), "{}", refreshed.text);
}

#[tokio::test]
async fn of_32_concurrent_first_visits_all_find_the_client() {
    let (driftwood, documents) = start().await;
    let pages = join_all((0..32).map(|_| async {
        let visitor = driftwood.visitor();
        visitor.authorize(&client(&driftwood), &[]).await.heading()
    }));
    assert!(pages.await.iter().all(|heading| heading == "Sign in"));
    assert!((1..=32).contains(&documents.asked().len()));
    assert_eq!(driftwood.count_items("Apps").await, 1);
}

#[tokio::test]
async fn a_passing_fault_while_a_client_is_stored_for_longer_has_no_effect() {
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        let (driftwood, _documents) = start().await;
        let client = client(&driftwood);
        let visitor = driftwood.visitor();
        visitor.signed_up().await;
        let consent = visitor.authorize(&client, &[]).await;
        driftwood.inject_fault("UpdateItem", trouble, 1);
        let code = client.answer(&visitor.allow(&consent).await).code().to_owned();
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        assert_eq!(client.exchange(&driftwood, &code).await.status, 200, "{trouble:?}");
        assert_eq!(driftwood.count_items("Apps").await, 1, "{trouble:?}");
    }
}

#[tokio::test]
async fn a_document_without_consents_expires_after_a_day() {
    let (driftwood, documents) = start().await;
    let client = client(&driftwood);
    documents.put(PATH, Served::json(&document()).header("cache-control", "max-age=604800"));
    assert_eq!(name(&driftwood, &client).await, "Field Notes");
    let scan = driftwood.server.dynamodb.scan().table_name(driftwood.server.table("Apps")).send().await.unwrap();
    let end: i64 = scan.items()[0]["expires_at"].as_n().unwrap().parse().unwrap();
    assert!(end <= driftwood.clock.now().as_seconds() + 86_400);
    driftwood.advance(86_400);
    assert_eq!(name(&driftwood, &client).await, "Field Notes", "and it is fetched again");
    assert_eq!(documents.asked().len(), 2);
}
