//! Linked providers on the account page.

use super::{come_with, links};
use crate::account::press;
use crate::harness::{Forged, PASSWORD};

#[tokio::test]
async fn a_user_with_a_password_can_unlink_the_provider() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.verified_alice().await;
    let visitor = driftwood.visitor();
    let question = come_with(&forged, &visitor, &alice.email).await;
    let page = visitor.sign_in(&question, &alice.email, PASSWORD).await;
    assert!(page.shows("Other ways to sign in") && page.shows("Acme") && page.shows("Linked on"));
    let done = press(&visitor, &page, "unlink", "Acme").await;
    assert_eq!((done.status, done.header("location")), (303, "/account"));
    assert!(links(driftwood).await.is_empty());
    assert!(!visitor.get("/account").await.shows("Other ways to sign in"));
    assert_eq!(press(&visitor, &page, "unlink", "Acme").await.status, 303, "a second click finds nothing to do");
    let trail = format!("{:?}", driftwood.items("Audit").await);
    assert_eq!(trail.matches("upstream.unlinked").count(), 1);
    // It can be linked again.
    let other = driftwood.visitor();
    let question = come_with(&forged, &other, &alice.email).await;
    assert_eq!(other.sign_in(&question, &alice.email, PASSWORD).await.heading(), "Your account");
    assert_eq!(links(driftwood).await.len(), 1);
}

#[tokio::test]
async fn an_unlinked_provider_leaves_no_session_that_began_with_it() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.verified_alice().await;
    let here = driftwood.visitor();
    let question = come_with(&forged, &here, &alice.email).await;
    let page = here.sign_in(&question, &alice.email, PASSWORD).await;
    let elsewhere = driftwood.visitor();
    come_with(&forged, &elsewhere, &alice.email).await;
    assert_eq!(elsewhere.get("/account").await.heading(), "Your account");
    assert_eq!(press(&here, &page, "unlink", "Acme").await.status, 303);
    assert_eq!(here.get("/account").await.heading(), "Your account");
    assert_ne!(elsewhere.get("/account").await.status, 200);
    assert!(!driftwood.is_alive(&alice.access_token).await);
    driftwood.login(&alice.email, PASSWORD).await.result();
}

#[tokio::test]
async fn the_only_way_to_sign_in_cannot_be_unlinked() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    let page = forged.sign_in(&visitor, "ada").await;
    assert!(page.shows("first choose a password") && !page.text.contains("value=\"unlink\""));
    let form = page.forms().into_iter().find(|form| form.text.contains("sign-out-everywhere")).unwrap();
    let key = links(&forged.driftwood).await[0]["pk"].as_s().unwrap().strip_prefix("upstream#").unwrap().to_owned();
    let mut fields: Vec<_> = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("action", "unlink"), ("provider", key.as_str())]);
    visitor.post("/account", &fields).await.refused_page(400, "This link does not work");
    assert_eq!(links(&forged.driftwood).await.len(), 1);
    assert_eq!(forged.sign_in(&visitor, "ada").await.heading(), "Your account");
}

#[tokio::test]
async fn a_user_without_a_password_signs_in_again_to_delete_their_account() {
    let forged = Forged::start().await;
    let visitor = forged.driftwood.visitor();
    forged.sign_in(&visitor, "ada").await;
    forged.driftwood.advance(3_600);
    let page = visitor.get("/account/delete").await;
    assert!(page.shows("You signed in a while ago"));
    assert_eq!(visitor.submit(&page, &[]).await.status, 400);
    forged.sign_in(&visitor, "ada").await;
    let page = visitor.get("/account/delete").await;
    assert_eq!(visitor.submit(&page, &[]).await.heading(), "Your account was deleted");
    forged.driftwood.advance(301);
    forged.driftwood.server.run("users-purge").await.unwrap();
    assert!(links(&forged.driftwood).await.is_empty());
}
