//! Users of the provider with an e-mail address that a user already has.

use serde_json::json;

use super::{come_with, links, users};
use crate::harness::{Forged, PASSWORD, TestServer};

const QUESTION: &str = "Is this your account?";

async fn linked(driftwood: &TestServer) -> usize {
    let events = driftwood.items("Audit").await;
    events.iter().filter(|event| format!("{event:?}").contains("upstream.linked")).count()
}

#[tokio::test]
async fn an_address_links_no_user_until_they_authenticate() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.verified_alice().await;
    let client = driftwood.spa().await;
    let visitor = driftwood.visitor();
    let page = visitor.authorize(&client, &[]).await;
    let asked = forged.leave(&visitor, &page).await;
    let mut claims = forged.claims(&asked, "ada");
    claims["email"] = json!(alice.email.to_uppercase());
    claims["email_verified"] = json!(true);
    forged.vouch(&claims);
    let question = visitor.follow(forged.come_back(&visitor, &asked).await).await;
    assert_eq!((question.status, question.heading().as_str()), (200, QUESTION));
    assert!(question.shows(&alice.email) && question.shows("Acme"));
    assert!(!visitor.cookies().contains_key("dw-sid") && links(driftwood).await.is_empty());
    // A wrong password changes nothing, and the question stays.
    let again = visitor.sign_in(&question, &alice.email, "a wrong guess").await;
    assert_eq!((again.status, again.heading().as_str()), (401, QUESTION));
    assert!(links(driftwood).await.is_empty());
    let consent = visitor.sign_in(&again, &alice.email, PASSWORD).await;
    assert_eq!(consent.heading(), "Photo Album wants to access your account");
    client.answer(&visitor.allow(&consent).await).code();
    assert_eq!((links(driftwood).await.len(), linked(driftwood).await), (1, 1));
    assert_eq!(links(driftwood).await[0]["user_id"].as_s().unwrap(), &alice.user_id);
    // From then on the provider is enough.
    let visitor = driftwood.visitor();
    assert_eq!(forged.sign_in(&visitor, "ada").await.heading(), "Your account");
    assert!(visitor.get("/account").await.shows(&alice.email));
}

#[tokio::test]
async fn another_user_who_signs_in_is_not_linked() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let (alice, bob) = (driftwood.verified_alice().await, driftwood.verified_alice().await);
    let visitor = driftwood.visitor();
    let question = come_with(&forged, &visitor, &alice.email).await;
    let account = visitor.sign_in(&question, &bob.email, PASSWORD).await;
    assert!(account.heading() == "Your account" && account.shows(&bob.email));
    assert!(links(driftwood).await.is_empty());
    assert_eq!(linked(driftwood).await, 0);
}

#[tokio::test]
async fn a_link_waits_in_its_own_browser_and_not_for_long() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.verified_alice().await;
    let visitor = driftwood.visitor();
    let asked = forged.leave_anew(&visitor).await;
    let mut claims = forged.claims(&asked, "ada");
    claims["email"] = json!(alice.email);
    forged.vouch(&claims);
    let address = forged.come_back(&visitor, &asked).await.header("location").to_owned();
    assert!(address.starts_with("/oauth2/authorize/sign-in?link="), "{address}");
    // A user who was sent the address and signs in is not linked.
    let victim = driftwood.visitor();
    let page = victim.get(&address).await;
    assert_eq!(page.heading(), "Sign in");
    assert!(!page.shows(&alice.email));
    let id = address.split_once('=').unwrap().1;
    let fields = [("email", alice.email.as_str()), ("password", PASSWORD), ("link", id)];
    assert_eq!(victim.submit(&page, &fields).await.heading(), "Your account");
    assert!(links(driftwood).await.is_empty());
    for bad in ["", "x", "01997042-7b50-7d3c-8a2f-0c1d2e3f4a5b"] {
        assert_eq!(visitor.get(&format!("/oauth2/authorize/sign-in?link={bad}")).await.heading(), "Sign in");
    }
    let question = visitor.get(&address).await;
    assert_eq!(question.heading(), QUESTION);
    driftwood.advance(900);
    assert_eq!(visitor.sign_in(&question, &alice.email, PASSWORD).await.heading(), "Your account");
    assert!(links(driftwood).await.is_empty());
}

#[tokio::test]
async fn a_link_that_was_created_meanwhile_stays() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.verified_alice().await;
    let visitor = driftwood.visitor();
    let question = come_with(&forged, &visitor, &alice.email).await;
    // The same identity is linked to another user before the proof.
    forged.sign_in(&driftwood.visitor(), "ada").await;
    let owner = links(driftwood).await[0]["user_id"].clone();
    assert_eq!(visitor.sign_in(&question, &alice.email, PASSWORD).await.heading(), "Your account");
    assert_eq!(links(driftwood).await[0]["user_id"], owner);
    assert_eq!(linked(driftwood).await, 0);
    assert_eq!(users(driftwood).await, 2);
}

#[tokio::test]
async fn an_outdated_password_hash_proves_it_too() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.verified_alice().await;
    driftwood.outdate_password(&alice).await;
    let visitor = driftwood.visitor();
    let question = come_with(&forged, &visitor, &alice.email).await;
    assert_eq!(visitor.sign_in(&question, &alice.email, PASSWORD).await.heading(), "Your account");
    assert_eq!(links(driftwood).await.len(), 1);
}

#[tokio::test]
async fn proving_it_twice_at_once_links_once() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.verified_alice().await;
    let visitor = driftwood.visitor();
    let question = come_with(&forged, &visitor, &alice.email).await;
    let sign_in = || visitor.sign_in(&question, &alice.email, PASSWORD);
    let (one, two) = futures_util::future::join(sign_in(), sign_in()).await;
    for page in [one, two] {
        assert!(page.status == 200 || page.status == 503, "{}", page.text);
    }
    assert_eq!((links(driftwood).await.len(), linked(driftwood).await), (1, 1));
}
