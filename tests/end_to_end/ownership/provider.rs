//! Another provider, and an address that was never verified here.

use serde_json::json;

use super::Squatted;
use crate::harness::{Forged, PASSWORD, Trouble, Visitor};
use crate::keys::SECRET;
use crate::recovery::{NEW, reset, reset_token};

/// A user signs in with the provider, which says this about their address.
async fn come(forged: &Forged, visitor: &Visitor<'_>, subject: &str, email: &str, is_verified: bool) -> String {
    let asked = forged.leave_anew(visitor).await;
    let mut claims = forged.claims(&asked, subject);
    claims["email"] = json!(email);
    claims["email_verified"] = json!(is_verified);
    forged.vouch(&claims);
    visitor.follow(forged.come_back(visitor, &asked).await).await.heading()
}

#[tokio::test]
async fn an_address_that_the_provider_verified_is_taken_from_a_stranger_with_everything_that_they_set_up() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let squatted = Squatted::by_stranger(driftwood).await;
    let owner = driftwood.visitor();
    assert_eq!(come(&forged, &owner, "ada", &squatted.stranger.email, true).await, "One moment");
    let account = owner.get("/account").await;
    assert!(account.heading() == "Your account" && account.shows(&squatted.stranger.email));
    assert!(account.text.contains("Apps to keep or delete") && !account.text.contains("is not confirmed yet"));
    squatted.assert_worthless(driftwood).await;
    // From then on the provider is enough.
    let again = driftwood.visitor();
    assert_eq!(forged.sign_in(&again, "ada").await.heading(), "Your account");
}

#[tokio::test]
async fn a_take_over_by_a_provider_is_told_once_with_when_and_from_where() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let squatted = Squatted::by_stranger(driftwood).await;
    let email = &squatted.stranger.email;
    let owner = driftwood.visitor();
    come(&forged, &owner, "ada", email, true).await;
    let told = || {
        let mails = driftwood.mail_to(email).into_iter();
        mails.filter(|mail| mail.subject == "An account at Driftwood was linked to your Acme user").collect::<Vec<_>>()
    };
    let [mail] = &told()[..] else { panic!("one notice: {:?}", told().len()) };
    assert!(mail.text.contains("When: ") && mail.text.contains("From the network address "), "{}", mail.text);
    assert!(!mail.text.contains("Alice Arden"), "nothing that the stranger typed");
    // Coming again is a sign-in, and no mail.
    come(&forged, &driftwood.visitor(), "ada", email, true).await;
    assert_eq!(told().len(), 1);
    // The link ends what the provider's user has, if the reader of the mail is not that user.
    let visitor = driftwood.visitor();
    let page = visitor.get(&mail.link()).await;
    assert_eq!(visitor.submit(&page, &[]).await.heading(), "Your account is safe");
    assert_ne!(owner.get("/account").await.status, 200);
    let again = driftwood.visitor();
    assert_eq!(come(&forged, &again, "ada", email, true).await, "Is this your account?", "the address is verified now");
}

#[tokio::test]
async fn a_stranger_who_uses_up_the_notices_does_not_keep_the_owner_from_their_address() {
    let forged = Forged::start_with(&[("NoticeLimit", "1"), ("MailLimit", "1")]).await;
    let driftwood = &forged.driftwood;
    let stranger = driftwood.alice().await;
    driftwood.key_of(&stranger, "Backup").await;
    let owner = driftwood.visitor();
    come(&forged, &owner, "ada", &stranger.email, true).await;
    assert!(owner.get("/account").await.shows(&stranger.email));
    assert!(driftwood.last_mail_to(&stranger.email).subject.starts_with("An account at Driftwood"));
}

#[tokio::test]
async fn a_fault_at_a_take_over_gives_neither_account_nor_mail() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let stranger = driftwood.alice().await;
    let before = driftwood.mail_to(&stranger.email).len();
    driftwood.inject_fault_in("oauth-callback", "TransactWriteItems", Trouble::Throttled, 50);
    come(&forged, &driftwood.visitor(), "ada", &stranger.email, true).await;
    driftwood.clear_faults();
    assert!(driftwood.is_alive(&stranger.access_token).await, "nothing was written");
    assert_eq!(driftwood.mail_to(&stranger.email).len(), before);
    let owner = driftwood.visitor();
    come(&forged, &owner, "ada", &stranger.email, true).await;
    assert!(owner.get("/account").await.shows(&stranger.email) && !driftwood.is_alive(&stranger.access_token).await);
    assert_eq!(driftwood.mail_to(&stranger.email).len(), before + 1);
}

#[tokio::test]
async fn an_address_that_the_provider_did_not_verify_proves_nothing() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.alice().await;
    let visitor = driftwood.visitor();
    assert_eq!(come(&forged, &visitor, "ada", &alice.email, false).await, "Is this your account?");
    driftwood.login(&alice.email, PASSWORD).await.result();
}

#[tokio::test]
async fn a_verified_address_is_taken_by_no_provider() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let alice = driftwood.verified_alice().await;
    let key = driftwood.key_of(&alice, "Backup").await;
    let visitor = driftwood.visitor();
    assert_eq!(come(&forged, &visitor, "ada", &alice.email, true).await, "Is this your account?");
    driftwood.script(&key, SECRET).await;
}

#[tokio::test]
async fn an_identity_of_a_stranger_is_gone_after_the_owners_reset_and_becomes_a_user_of_its_own() {
    let forged = Forged::start().await;
    let driftwood = &forged.driftwood;
    let stranger = driftwood.visitor();
    let email = "owner@example.com";
    come(&forged, &stranger, "mallory", email, false).await;
    assert!(stranger.get("/account").await.shows(email));
    reset(driftwood, &reset_token(driftwood, email).await, NEW).await.result();
    let owner = crate::keys::browser(driftwood, email, NEW).await;
    assert!(!owner.get("/account").await.text.contains("Other ways to sign in"));
    assert_ne!(stranger.get("/account").await.status, 200, "the session ended");
    let again = driftwood.visitor();
    assert_eq!(come(&forged, &again, "mallory", "mallory@example.com", true).await, "One moment");
    let account = again.get("/account").await;
    assert!(account.shows("mallory@example.com") && !account.shows(email));
}
