//! `POST /api/oauth-apps-review`

use serde_json::{Value, json};

use super::PIXEL;
use crate::harness::{Alice, Client, DocumentServer, OPERATED, Reply, Served, TestServer, Trouble, audit_line};

const UNVERIFIED: &str = "This app is not verified.";

async fn review(driftwood: &TestServer, operator: &Alice, body: Value) -> Reply {
    driftwood.post_as(&operator.access_token, "oauth-apps-review", body).await
}

/// Looks at a client and says what the operator thinks of it.
async fn decide(driftwood: &TestServer, operator: &Alice, client_id: &str, standing: &str) -> Value {
    let seen = review(driftwood, operator, json!({"client_id": client_id})).await.result();
    let body = json!({"client_id": client_id, "standing": standing, "identity": seen["client"]["identity"]});
    review(driftwood, operator, body).await.result()["client"].clone()
}

#[tokio::test]
async fn an_operator_looks_at_an_app_and_vouches_for_it_until_it_changes() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let client = driftwood.unreviewed_spa().await;
    let id = client.app.client_id.as_str();
    let seen = review(&driftwood, &operator, json!({"client_id": id})).await.result()["client"].clone();
    assert_eq!(seen["standing"], "unreviewed");
    assert_eq!(seen["redirect_uris"], json!(["https://album.example/cb"]));
    assert_eq!((&seen["name"], &seen["created_by"]), (&json!("Photo Album"), &json!(client.developer.user_id)));
    assert!(seen.get("reviewed_at").is_none() && seen.get("logo_uri").is_none(), "{seen}");
    for (standing, page) in
        [("reviewed", "has reviewed this app"), ("unreviewed", UNVERIFIED), ("first_party", "This is an app of")]
    {
        let now = decide(&driftwood, &operator, id, standing).await;
        assert_eq!((now["standing"].as_str(), now["reviewed_at"].is_string()), (Some(standing), true));
        let visitor = driftwood.visitor();
        visitor.signed_up().await;
        let shown = visitor.authorize(&client, &[("prompt", "consent")]).await;
        assert!(shown.text.contains(page), "{standing}: {}", shown.text);
    }
    let change = json!({"id": client.app.id, "name": "Photo Bank"});
    driftwood.post_as(&client.developer.access_token, "oauth-apps-update", change).await.result();
    let body = json!({"client_id": id, "standing": "reviewed", "identity": seen["identity"]});
    review(&driftwood, &operator, body).await.refused(409, "conflict");
    let seen = review(&driftwood, &operator, json!({"client_id": id})).await.result()["client"].clone();
    assert_eq!((seen["standing"].as_str(), seen.get("reviewed_at")), (Some("unreviewed"), None));
    let trail = driftwood.trail(&client.developer.access_token, json!({})).await;
    let reviews: Vec<_> = trail.iter().filter(|event| event["action"] == "client.reviewed").collect();
    assert_eq!(reviews.len(), 3, "the app's account sees each");
    assert_eq!(audit_line(reviews[0]), "client.reviewed succeeded");
    assert_eq!((&reviews[0]["user_id"], &reviews[0]["subject"]), (&json!(operator.user_id), &json!(client.app.id)));
}

#[tokio::test]
async fn only_an_operator_reviews_and_only_what_there_is() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let client = driftwood.unreviewed_spa().await;
    let id = client.app.client_id.as_str();
    review(&driftwood, &client.developer, json!({"client_id": id})).await.refused(403, "forbidden");
    let unknown = json!({"client_id": "dw_ci_00000000000000000000000000000000"});
    review(&driftwood, &operator, unknown).await.refused(404, "not_found");
    for (body, field) in [
        (json!({}), "client_id"),
        (json!({"client_id": "album"}), "client_id"),
        (json!({"client_id": id, "standing": "ours", "identity": "x"}), "standing"),
        (json!({"client_id": id, "standing": "reviewed"}), "identity"),
    ] {
        assert_eq!(review(&driftwood, &operator, body).await.mistaken_fields(), [field]);
    }
    let body = json!({"client_id": id, "standing": "reviewed", "identity": "x"});
    review(&driftwood, &operator, body).await.refused(409, "conflict");
    driftwood.post_as(&client.developer.access_token, "oauth-apps-revoke", json!({"id": client.app.id})).await.result();
    review(&driftwood, &operator, json!({"client_id": id})).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_reviewed_client_is_shown_with_its_logo_as_it_was_reviewed() {
    let documents = DocumentServer::start().await;
    let document = json!({
        "client_id": "https://notes.example/client.json", "client_name": "Field Notes",
        "redirect_uris": ["https://notes.example/cb"], "logo_uri": "https://notes.example/logo",
        "client_uri": "https://notes.example/", "policy_uri": "https://notes.example/privacy",
        "tos_uri": "https://notes.example/terms",
    });
    documents.put("/client.json", Served::json(&document));
    let driftwood = TestServer::start_with_documents(&[("https://notes.example", &documents)], &[OPERATED]).await;
    let operator = driftwood.operator().await;
    let id = "https://notes.example/client.json";
    let client: Client = driftwood.unowned_client(id, "", "https://notes.example/cb");
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[]).await;
    assert!(page.text.contains(UNVERIFIED) && !page.text.contains("<img") && page.text.contains(">F</span>"));
    for link in ["", "privacy", "terms"] {
        page.link_to(&format!("https://notes.example/{link}"));
    }
    let seen = review(&driftwood, &operator, json!({"client_id": id})).await.result()["client"].clone();
    let body = json!({"client_id": id, "standing": "reviewed", "identity": seen["identity"]});
    for bad in [Served::text("<svg xmlns='http://www.w3.org/2000/svg'/>"), Served::bytes(&[0; 70_000])] {
        documents.put("/logo", bad);
        let error = review(&driftwood, &operator, body.clone()).await.refused(409, "conflict");
        assert!(error["message"].as_str().unwrap().starts_with("The client's logo cannot be used"), "{error}");
    }
    documents.put("/logo", Served::bytes(PIXEL));
    review(&driftwood, &operator, body).await.result();
    // What the server of the logo sends from now on makes no difference.
    documents.put("/logo", Served::text("another"));
    let page = visitor.authorize(&client, &[]).await;
    assert!(page.text.contains("has reviewed this app") && page.text.contains("src=\"data:image/png;base64,iVBORw0K"));
    assert!(page.header("content-security-policy").contains("img-src data:;"));
    driftwood.advance(7_200);
    let kept = visitor.authorize(&client, &[]).await;
    assert!(kept.text.contains("has reviewed this app"), "fetching the document again does not end the review");
    let other = json!({"logo_uri": "https://notes.example/other"});
    let mut changed = document.clone();
    changed["logo_uri"] = other["logo_uri"].clone();
    documents.put("/client.json", Served::json(&changed));
    driftwood.advance(7_200);
    let page = visitor.authorize(&client, &[]).await;
    assert!(page.text.contains(UNVERIFIED) && !page.text.contains("<img"), "another logo is another app");
}

#[tokio::test]
async fn a_review_that_is_interrupted_is_done_once_or_not_at_all() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let client = driftwood.unreviewed_spa().await;
    let id = client.app.client_id.as_str();
    let seen = review(&driftwood, &operator, json!({"client_id": id})).await.result()["client"]["identity"].clone();
    let body = json!({"client_id": id, "standing": "reviewed", "identity": seen});
    let mut reviews = 0;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        driftwood.inject_fault_in("oauth-apps-review", "TransactWriteItems", trouble, 1);
        review(&driftwood, &operator, body.clone()).await.result();
        reviews += 1;
        let trail = driftwood.trail(&client.developer.access_token, json!({})).await;
        assert_eq!(trail.iter().filter(|event| event["action"] == "client.reviewed").count(), reviews, "{trouble:?}");
    }
}

#[tokio::test]
async fn a_reviewed_client_that_no_user_knows_yet_is_not_forgotten() {
    let documents = DocumentServer::start().await;
    let id = "https://notes.example/client.json";
    let document =
        json!({"client_id": id, "client_name": "Field Notes", "redirect_uris": ["https://notes.example/cb"]});
    documents.put("/client.json", Served::json(&document));
    let driftwood = TestServer::start_with_documents(&[("https://notes.example", &documents)], &[OPERATED]).await;
    let operator = driftwood.operator().await;
    decide(&driftwood, &operator, id, "reviewed").await;
    driftwood.advance(100 * 86_400);
    let stored = driftwood
        .items("Apps")
        .await
        .into_iter()
        .find(|item| item.get("client_id").is_some_and(|it| it.as_s().unwrap() == id));
    let expires_at: i64 = stored.unwrap()["expires_at"].as_n().unwrap().parse().unwrap();
    assert!(driftwood.clock.now().as_seconds() < expires_at, "DynamoDB would delete it");
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let client = driftwood.unowned_client(id, "", "https://notes.example/cb");
    assert!(visitor.authorize(&client, &[]).await.text.contains("has reviewed this app"));
}
