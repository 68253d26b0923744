//! User keys on the account page, and users who sign in with a name.

use super::{SECRET, browser, key_page, revoke};
use crate::harness::{PASSWORD, TestServer};

#[tokio::test]
async fn a_user_sees_their_keys_and_when_each_was_used() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let visitor = browser(&driftwood, &alice.email, PASSWORD).await;
    assert!(visitor.get("/account").await.shows("No script has a key to your account"));
    let key = driftwood.key_of(&alice, "Backup <script>").await;
    let page = visitor.get("/account").await;
    assert!(page.shows("Backup &lt;script&gt;") && page.shows(&key) && page.shows("never used"));
    driftwood.advance(3_600);
    driftwood.script(&key, SECRET).await;
    let page = visitor.get("/account").await;
    assert!(page.shows("last used") && page.shows(" from 127.0.0.1") && !page.shows("never used"));
    assert_eq!(page.text.matches("value=\"end-session\"").count(), 1, "sessions of scripts are not listed");
}

#[tokio::test]
async fn a_key_is_renamed_and_its_scripts_stay_signed_in() {
    let driftwood = TestServer::start().await;
    let key = driftwood.key_of_new_user("nightly-job").await;
    let script = driftwood.script(&key, PASSWORD).await;
    let visitor = browser(&driftwood, "nightly-job", PASSWORD).await;
    let page = key_page(&visitor, "User key").await;
    assert!(page.heading() == "Your user key" && page.shows(&key) && page.shows("Its secret is your password."));
    let rename = &page.forms()[0];
    let name = |name: &'static str| {
        let hidden = rename.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = hidden.chain([("name", name), ("action", "rename")]).collect();
        let visitor = &visitor;
        async move { visitor.post(&rename.action, &fields).await }
    };
    let refused = name("").await;
    assert!(refused.status == 400 && refused.heading() == "Your user key");
    let named = name("Nightly backup").await;
    assert_eq!((named.status, named.header("location")), (303, "/account"));
    assert!(driftwood.is_signed_in(&script).await);
    assert!(driftwood.audit_lines(&script.access_token).await.contains(&"user_key.renamed succeeded".to_owned()));
}

#[tokio::test]
async fn a_user_cannot_reach_the_key_of_another_user() {
    let driftwood = TestServer::start().await;
    let (alice, mallory) = (driftwood.alice().await, driftwood.alice().await);
    let key = driftwood.key_of(&alice, "Backup").await;
    driftwood.key_of(&mallory, "Mine").await;
    let hers = browser(&driftwood, &alice.email, PASSWORD).await;
    let address = {
        let account = hers.get("/account").await;
        account.link_to("/account/key")
    };
    let visitor = browser(&driftwood, &mallory.email, PASSWORD).await;
    visitor.get(&address).await.refused_page(404, "Nothing here");
    let own = key_page(&visitor, "Mine").await;
    let id = address.split("key=").nth(1).unwrap();
    for action in ["rename", "revoke"] {
        let form = own.form();
        let fields: Vec<(&str, &str)> = form
            .hidden
            .iter()
            .map(|(name, value)| (name.as_str(), if name == "key" { id } else { value.as_str() }))
            .chain([("action", action), ("name", "Stolen")])
            .collect();
        assert_eq!(visitor.post(&form.action, &fields).await.status, 404, "{action}");
    }
    driftwood.script(&key, SECRET).await;
    assert!(hers.get("/account").await.shows("Backup"));
}

#[tokio::test]
async fn a_form_from_another_site_revokes_nothing() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let key = driftwood.key_of(&alice, "Backup").await;
    let visitor = browser(&driftwood, &alice.email, PASSWORD).await;
    let form = key_page(&visitor, "Backup").await.form();
    let fields: Vec<(&str, &str)> =
        form.hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain([("action", "revoke")]).collect();
    assert_eq!(visitor.post_from("cross-site", &form.action, &fields).await.status, 403);
    let bare: Vec<_> = fields.iter().copied().filter(|(name, _)| ["key", "action"].contains(name)).collect();
    assert_ne!(visitor.post(&form.action, &bare).await.status, 200);
    driftwood.script(&key, SECRET).await;
    let anonymous = driftwood.visitor();
    assert_eq!(anonymous.get("/account/key").await.header("location"), "/oauth2/authorize/sign-in");
    visitor.get("/account/key?key=x").await.refused_page(404, "Nothing here");
    visitor.get("/account/key").await.refused_page(404, "Nothing here");
}

#[tokio::test]
async fn the_sign_in_page_accepts_a_name_or_an_address() {
    let driftwood = TestServer::start().await;
    driftwood.key_of_new_user("Nightly-Job").await;
    let visitor = driftwood.visitor();
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    assert!(page.shows("E-mail address or name") && page.text.contains("autocomplete=\"username\""));
    let wrong = visitor.sign_in(&page, "nightly-job", "not my password").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.shows("The name or the password is wrong."));
    let unknown = visitor.sign_in(&page, "weekly-job", PASSWORD).await;
    assert!(unknown.status == 401 && unknown.shows("The name or the password is wrong."));
    for invalid in ["", "nightly job", "a@", "x/y"] {
        assert_eq!(visitor.sign_in(&page, invalid, PASSWORD).await.status, 400, "{invalid}");
    }
    let account = visitor.sign_in(&wrong, "NIGHTLY-JOB", PASSWORD).await;
    assert!(account.heading() == "Your account" && account.shows("nightly-job"));
    driftwood
        .post("auth-login", serde_json::json!({"email": "nightly-job", "password": PASSWORD}))
        .await
        .mistaken_fields();
}

#[tokio::test]
async fn a_user_with_a_name_only_can_consent_to_an_app() {
    let driftwood = TestServer::start().await;
    driftwood.key_of_new_user("nightly-job").await;
    let client = driftwood.spa().await;
    let visitor = browser(&driftwood, "nightly-job", PASSWORD).await;
    let tokens = client.exchange(&driftwood, visitor.approve(&client, &[]).await.code()).await.json();
    assert!(driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await);
    revoke(&visitor, "User key").await;
    assert!(driftwood.is_alive(tokens["access_token"].as_str().unwrap()).await, "apps do not depend on a key");
}
