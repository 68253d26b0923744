//! What a user leaves out on the consent page.

use crate::harness::{Reply, TestServer, Visitor};

/// Allows only these of the scopes that can be left out.
async fn allow_only(visitor: &Visitor<'_>, page: &Reply, scopes: &[&str]) -> Reply {
    let form = page.form();
    let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let chosen: Vec<_> = scopes.iter().map(|scope| format!("scope:{scope}")).collect();
    let chosen = chosen.iter().map(|field| (field.as_str(), "on"));
    visitor.post(&form.action, &hidden.chain(chosen).chain([("decision", "allow")]).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn scopes_are_in_groups_and_those_that_are_hard_to_undo_come_last() {
    let driftwood =
        TestServer::start_with(&[("Scopes", "orders:read=See your orders;orders:cancel=Cancel orders")]).await;
    let settings = serde_json::json!({
        "name": "Photo Album", "redirect_uris": ["https://album.example/cb"],
        "scopes": ["gdpr_write", "orders:cancel", "orders:read", "contact_read", "openid", "app_write", "gdpr_read"],
    });
    let client = driftwood.client(settings).await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("scope", "")]).await;
    let shown = [
        "You and your sign-in",
        "Know who you are",
        ">Read<",
        "Read your account’s contacts",
        "See your orders",
        ">Change<",
        "Cancel orders",
        "hard to undo",
        "Create apps",
        "Export all data",
        "Delete your account",
    ];
    let places: Vec<_> = shown.iter().map(|text| page.text.find(text).unwrap_or_else(|| panic!("{text}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
    let choices: Vec<_> = page.form().checked.into_iter().map(|(field, _)| field.replace("scope:", "")).collect();
    assert_eq!(
        choices,
        ["contact_read", "orders:read", "orders:cancel", "app_write", "gdpr_read", "gdpr_write"],
        "the sign-in cannot be left out"
    );
}

#[tokio::test]
async fn an_app_gets_what_the_user_did_not_leave_out() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let all = [("scope", "openid email contact_read contact_write")];
    let page = visitor.authorize(&client, &all).await;
    let reply = allow_only(&visitor, &page, &["contact_read"]).await;
    let tokens = client.exchange(&driftwood, client.answer(&reply).code()).await.json();
    assert_eq!(tokens["scope"], "openid email contact_read");
    // They are asked again for what they left out, and for nothing else.
    let silent = visitor.get(&client.authorize_path(&[("scope", "openid contact_read"), ("prompt", "none")])).await;
    client.answer(&silent).code();
    let silent = [all[0], ("prompt", "none")];
    client.answer(&visitor.get(&client.authorize_path(&silent)).await).refused("consent_required");
    let page = visitor.authorize(&client, &all).await;
    let tokens = client.exchange(&driftwood, client.answer(&visitor.allow(&page).await).code()).await.json();
    assert_eq!(tokens["scope"], all[0].1);
}

#[tokio::test]
async fn a_choice_adds_nothing_to_what_the_app_asked_for() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("scope", "openid contact_read")]).await;
    let reply = allow_only(&visitor, &page, &["contact_read", "contact_write", "gdpr_write", "nothing such"]).await;
    let tokens = client.exchange(&driftwood, client.answer(&reply).code()).await.json();
    assert_eq!(tokens["scope"], "openid contact_read");
}

#[tokio::test]
async fn who_leaves_out_everything_is_asked_again() {
    let driftwood = TestServer::start().await;
    let client = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.authorize(&client, &[("scope", "contact_read contact_write")]).await;
    let again = allow_only(&visitor, &page, &[]).await;
    assert!(again.status == 200 && again.text.contains("You left out everything"), "{}", again.text);
    client.answer(&allow_only(&visitor, &again, &["contact_write"]).await).code();
    // A single scope is no choice.
    let page = visitor.authorize(&client, &[("scope", "contact_read"), ("prompt", "consent")]).await;
    assert!(page.form().checked.is_empty() && !page.text.contains("You can leave out"));
    client.answer(&visitor.allow(&page).await).code();
}
