//! Addresses and names as keyboards and clipboards give them: with a space around them, or with characters that are not
//! seen.

use serde_json::json;

use crate::harness::{OPERATED, PASSWORD, TestServer};

const FORGOT: &str = "/account/forgot-password";
const INVISIBLE: &str = "must not contain invisible characters; type it instead of pasting it";

/// The address as a phone's keyboard completes it.
fn completed(email: &str) -> String {
    format!(" {email} ")
}

#[tokio::test]
async fn the_space_that_a_phone_adds_is_no_part_of_an_address_in_json() {
    let driftwood = TestServer::start().await;
    let body = json!({"email": "ada@example.com ", "password": PASSWORD, "name": "Ada Arden"});
    let registered = driftwood.post("auth-register", body).await.result();
    assert_eq!(registered["user"]["email"], "ada@example.com");
    let again = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada Arden"});
    driftwood.post("auth-register", again).await.refused(409, "email_taken");
    for email in ["ada@example.com", "ada@example.com ", "\u{3000}ada@example.com", "ada@example.com\n"] {
        assert_eq!(
            driftwood.login(email, PASSWORD).await.result()["user"]["id"],
            registered["user"]["id"],
            "{email:?}"
        );
    }
    driftwood.post("auth-forgot-password", json!({"email": "ada@example.com "})).await.result();
    assert!(driftwood.last_mail_to("ada@example.com").subject.contains("new password"));
    let token = registered["access_token"].as_str().unwrap();
    let change = json!({"new_email": " ada.new@example.com", "password": PASSWORD});
    driftwood.post_as(token, "auth-change-email", change).await.result();
    assert!(driftwood.last_mail_to("ada.new@example.com").has_link());
    let contact = driftwood.post_as(token, "contacts-create", json!({"email": "bob@example.com "})).await.result();
    assert_eq!(contact["contact"]["email"], "bob@example.com");
}

#[tokio::test]
async fn the_space_that_a_phone_adds_is_no_part_of_an_address_on_the_pages() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = driftwood.new_email();
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    let form = visitor.get(&page.link_to("/oauth2/authorize/register")).await;
    let fields = [("name", "Alice Arden"), ("email", &completed(&email)), ("password", PASSWORD)];
    assert_eq!(visitor.submit(&form, &fields).await.heading(), "Your account");
    let other = driftwood.visitor();
    let page = other.get("/oauth2/authorize/sign-in").await;
    assert_eq!(other.sign_in(&page, &completed(&email), PASSWORD).await.heading(), "Your account");
    let page = other.get(FORGOT).await;
    other.submit(&page, &[("email", &completed(&email))]).await;
    assert!(driftwood.last_mail_to(&email).subject.contains("new password"));
}

#[tokio::test]
async fn an_address_in_an_import_and_in_a_search_has_no_spaces_around_it() {
    let driftwood = TestServer::start_with(&[OPERATED]).await;
    let operator = driftwood.operator().await;
    let line = json!({"import_id": "1", "email": " ada@example.com", "email_verified": true});
    assert_eq!(driftwood.import(&operator, &[line]).await.result()["counts"]["imported"], 1);
    let found = driftwood.post_as(&operator.access_token, "users-list", json!({"email": "ada@example.com "})).await;
    assert_eq!(found.result()["users"][0]["email"], "ada@example.com");
    let hidden = json!({"import_id": "2", "email": "b\u{200b}ob@example.com", "email_verified": true});
    let report = driftwood.import(&operator, &[hidden]).await.result();
    assert!(report["lines"][0].to_string().contains(INVISIBLE), "{report}");
}

#[tokio::test]
async fn invisible_characters_make_no_second_user_who_looks_like_the_first() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.key_of_new_user("nightly-job").await;
    let users = driftwood.count_items("Users").await;
    let looks_like_hers = alice.email.replace('@', "\u{200d}@");
    let body = json!({"email": looks_like_hers, "password": PASSWORD, "name": "Alice\u{2060} Arden"});
    let mistakes = driftwood.post("auth-register", body).await.refused(400, "invalid_input");
    assert_eq!(mistakes["fields"], json!({"email": INVISIBLE, "name": INVISIBLE}));
    let body = json!({"user_id": "nightly\u{ad}-job", "user_secret": PASSWORD});
    let mistakes = driftwood.post_json("/register", "", body).await.refused_resource(400, "invalid_input");
    assert_eq!(mistakes["fields"], json!({"user_id": INVISIBLE}));
    let change = json!({"new_email": looks_like_hers, "password": PASSWORD});
    let reply = driftwood.post_as(&alice.access_token, "auth-change-email", change).await;
    assert_eq!(reply.mistaken_fields(), ["new_email"]);
    let app = json!({"name": "Drift\u{200b}wood"});
    let reply = driftwood.post_as(&alice.access_token, "oauth-apps-create", app).await;
    assert_eq!(reply.mistaken_fields(), ["name"]);
    assert_eq!(driftwood.count_items("Users").await, users);
}

#[tokio::test]
async fn the_sign_in_page_says_that_something_invisible_was_pasted() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let visitor = driftwood.visitor();
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    let refused = visitor.sign_in(&page, &format!("\u{feff}{}", alice.email), PASSWORD).await;
    assert!(refused.shows(INVISIBLE), "{}", refused.text);
    assert_eq!(visitor.sign_in(&refused, &alice.email, PASSWORD).await.heading(), "Your account");
}

#[tokio::test]
async fn names_that_are_spelt_with_joiners_are_taken_as_they_are() {
    let driftwood = TestServer::start().await;
    for name in ["مهسا علی\u{200c}زاده", "ක\u{dca}\u{200d}රිස්", "渡邊\u{e0100} 葵", "Ada 👩\u{200d}🚀"]
    {
        let body = json!({"email": driftwood.new_email(), "password": PASSWORD, "name": name});
        assert_eq!(driftwood.post("auth-register", body).await.result()["user"]["name"], name);
    }
}
