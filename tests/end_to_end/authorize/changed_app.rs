//! A consent is to an app as it was shown: another name, redirect URI or key makes another app of it.

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::harness::{Client, Reply, TestServer, Trouble, Visitor};

const WIDE: &str = "openid contact_read gdpr_write";
const NEW_URI: &str = "https://elsewhere.example/cb";

async fn album(driftwood: &TestServer) -> Client {
    let settings = json!({
        "name": "Photo Album", "redirect_uris": ["https://album.example/cb"],
        "scopes": ["openid", "contact_read", "gdpr_write"],
    });
    driftwood.client(settings).await
}

async fn change(driftwood: &TestServer, client: &Client, to: Value) {
    let mut change = json!({"id": client.app.id});
    change.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
    driftwood.post_as(&client.developer.access_token, "oauth-apps-update", change).await.result();
}

/// The app under another name and at another place.
async fn become_another(driftwood: &TestServer, client: &Client) -> Client {
    change(driftwood, client, json!({"name": "Other Album", "redirect_uris": [NEW_URI]})).await;
    Client { redirect_uri: NEW_URI.to_owned(), ..client.clone() }
}

async fn silently(visitor: &Visitor<'_>, client: &Client, scope: &str) -> Reply {
    visitor.in_frame(&client.authorize_path(&[("prompt", "none"), ("scope", scope)])).await
}

async fn tokens(driftwood: &TestServer, visitor: &Visitor<'_>, client: &Client, scope: &str) -> Value {
    let answer = visitor.approve(client, &[("scope", scope)]).await;
    client.exchange(driftwood, answer.code()).await.json()
}

fn text<'v>(tokens: &'v Value, name: &str) -> &'v str {
    tokens[name].as_str().unwrap_or_else(|| panic!("{name}: {tokens}"))
}

#[tokio::test]
async fn old_scopes_never_reach_an_app_that_changed() {
    let driftwood = TestServer::start().await;
    let before = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&before, &[("scope", WIDE)]).await.code();
    let after = become_another(&driftwood, &before).await;
    after.answer(&silently(&visitor, &after, "openid").await).refused("consent_required");
    visitor.approve(&after, &[("scope", "openid")]).await.code();
    after.answer(&silently(&visitor, &after, "openid").await).code();
    for scope in [WIDE, "contact_read", "openid gdpr_write"] {
        after.answer(&silently(&visitor, &after, scope).await).refused("consent_required");
    }
    let page = visitor.authorize(&after, &[("scope", WIDE)]).await;
    assert_eq!(page.heading(), "Other Album wants to access your account");
    let account = visitor.get("/account").await;
    assert!(account.text.contains("Know who you are") && !account.text.contains("Delete your account, and all data"));
}

#[tokio::test]
async fn an_app_that_changes_back_starts_from_nothing_too() {
    let driftwood = TestServer::start().await;
    let before = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&before, &[("scope", WIDE)]).await.code();
    let after = become_another(&driftwood, &before).await;
    visitor.approve(&after, &[("scope", "openid")]).await.code();
    change(&driftwood, &before, json!({"name": "Photo Album", "redirect_uris": [before.redirect_uri]})).await;
    for scope in ["openid", WIDE] {
        before.answer(&silently(&visitor, &before, scope).await).refused("consent_required");
    }
}

#[tokio::test]
async fn a_consent_to_the_changed_app_ends_what_the_old_one_gave() {
    let driftwood = TestServer::start().await;
    let before = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let old = tokens(&driftwood, &visitor, &before, "openid contact_read").await;
    let code = visitor.approve(&before, &[("scope", WIDE)]).await.code().to_owned();
    let after = become_another(&driftwood, &before).await;
    assert!(driftwood.is_alive(text(&old, "access_token")).await, "a new name alone ends no tokens");

    let new = tokens(&driftwood, &visitor, &after, "openid").await;
    assert!(!driftwood.is_alive(text(&old, "access_token")).await);
    before.refresh(&driftwood, text(&old, "refresh_token")).await.refused_oauth(400, "invalid_grant");
    before.exchange(&driftwood, &code).await.refused_oauth(400, "invalid_grant");
    let refreshed = after.refresh(&driftwood, text(&new, "refresh_token")).await.json();
    assert_eq!(text(&refreshed, "scope"), "openid");
}

#[tokio::test]
async fn more_scopes_for_the_same_app_end_nothing() {
    let driftwood = TestServer::start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let first = tokens(&driftwood, &visitor, &client, "openid").await;
    tokens(&driftwood, &visitor, &client, "contact_read").await;
    client.refresh(&driftwood, text(&first, "refresh_token")).await.json();
    client.answer(&silently(&visitor, &client, "openid contact_read").await).code();
}

#[tokio::test]
async fn an_app_that_changes_while_the_page_is_read_gets_nothing_but_a_new_page() {
    let driftwood = TestServer::start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("scope", WIDE)]).await;
    change(&driftwood, &client, json!({"name": "Other Album"})).await;
    let again = visitor.allow(&page).await;
    assert_eq!(again.heading(), "Other Album wants to access your account");
    assert!(again.text.contains("The app has changed since you saw this page"), "{}", again.text);
    assert!(visitor.get("/account").await.text.contains("No app has access"));
    assert_eq!(visitor.allow(&page).await.heading(), again.heading(), "however often the old page is sent");
    client.answer(&silently(&visitor, &client, "openid").await).refused("consent_required");
    client.answer(&visitor.allow(&again).await).code();
    client.answer(&silently(&visitor, &client, WIDE).await).code();
}

#[tokio::test]
async fn a_user_may_still_deny_what_an_old_page_showed() {
    let driftwood = TestServer::start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("scope", WIDE)]).await;
    change(&driftwood, &client, json!({"name": "Other Album"})).await;
    client.answer(&visitor.submit(&page, &[("decision", "deny")]).await).refused("access_denied");
}

#[tokio::test]
async fn a_form_cannot_claim_that_another_page_was_shown() {
    let driftwood = TestServer::start().await;
    let client = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let old = visitor.authorize(&client, &[("scope", WIDE)]).await;
    change(&driftwood, &client, json!({"name": "Other Album"})).await;
    let new = visitor.authorize(&client, &[("scope", WIDE)]).await;
    let seen = |page: &Reply| page.form().hidden.into_iter().find(|(name, _)| name == "seen").unwrap().1;
    assert_ne!(seen(&old), seen(&new));
    for claimed in [seen(&new), String::new()] {
        let form = old.form();
        let kept = form.hidden.iter().filter(|(name, _)| name != "seen");
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = kept.chain([("seen", claimed.as_str()), ("decision", "allow")]).collect();
        visitor.post(&form.action, &fields).await.refused_page(403, "Please try that again");
    }
    assert!(visitor.get("/account").await.text.contains("No app has access"));
}

#[tokio::test]
async fn an_app_that_changes_while_the_consent_is_written_gains_nothing_by_it() {
    let driftwood = TestServer::start().await;
    let before = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    visitor.approve(&before, &[("scope", "openid")]).await.code();
    let page = visitor.authorize(&before, &[("scope", WIDE)]).await;
    let write = driftwood.pause("TransactWriteItems");
    let meanwhile = async {
        write.has_come().await;
        let after = become_another(&driftwood, &before).await;
        visitor.approve(&after, &[("scope", "openid")]).await.code();
        write.resume();
        after
    };
    let (late, after) = join(visitor.allow(&page), meanwhile).await;
    // The late answer is to an app that is no more, and its consent is not the one that it was read with.
    late.refused_page(400, "This link does not work");
    after.answer(&silently(&visitor, &after, "openid").await).code();
    after.answer(&silently(&visitor, &after, WIDE).await).refused("consent_required");
}

#[tokio::test]
async fn of_many_answers_while_the_app_changes_none_gives_it_old_scopes() {
    let driftwood = TestServer::start().await;
    let before = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let mut pages = Vec::new();
    for _ in 0..8 {
        pages.push(visitor.authorize(&before, &[("scope", WIDE)]).await);
    }
    let answers = join_all(pages.iter().map(|page| visitor.allow(page)));
    let (answers, after) = join(answers, become_another(&driftwood, &before)).await;
    for answer in answers.iter().filter(|answer| answer.leaves()) {
        assert!(answer.leaves_to().starts_with("https://album.example/cb"), "{}", answer.leaves_to());
    }
    after.answer(&silently(&visitor, &after, WIDE).await).refused("consent_required");
    visitor.approve(&after, &[("scope", "openid")]).await.code();
    after.answer(&silently(&visitor, &after, WIDE).await).refused("consent_required");
    after.answer(&silently(&visitor, &after, "openid").await).code();
}

#[tokio::test]
async fn a_fault_while_the_consent_is_replaced_replaces_it_once_or_not_at_all() {
    let driftwood = TestServer::start().await;
    for trouble in
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost]
    {
        let before = album(&driftwood).await;
        let visitor = driftwood.visitor();
        visitor.signed_up().await;
        let old = tokens(&driftwood, &visitor, &before, WIDE).await;
        let after = become_another(&driftwood, &before).await;
        let page = visitor.authorize(&after, &[("scope", "openid")]).await;
        driftwood.inject_fault("TransactWriteItems", trouble, 1);
        let answer = after.answer(&visitor.allow(&page).await);
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        after.exchange(&driftwood, answer.code()).await.json();
        assert!(!driftwood.is_alive(text(&old, "access_token")).await, "{trouble:?}");
        after.answer(&silently(&visitor, &after, WIDE).await).refused("consent_required");
    }

    let before = album(&driftwood).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let old = tokens(&driftwood, &visitor, &before, WIDE).await;
    let after = become_another(&driftwood, &before).await;
    let page = visitor.authorize(&after, &[("scope", "openid")]).await;
    driftwood.inject_fault("TransactWriteItems", Trouble::Throttled, 100);
    assert_eq!(visitor.allow(&page).await.status, 503);
    driftwood.clear_faults();
    assert!(driftwood.is_alive(text(&old, "access_token")).await, "nothing was written");
    after.answer(&silently(&visitor, &after, "openid").await).refused("consent_required");
    after.answer(&visitor.allow(&page).await).code();
}
