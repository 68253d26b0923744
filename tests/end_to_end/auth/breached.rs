//! New passwords that are known from a breach, by a server of ranges.

use serde_json::{Value, json};

use crate::harness::{DocumentServer, PASSWORD, Reply, Served, TestServer};
use crate::recovery::{can_sign_in, change_password, reset, reset_token, signed_in};

/// A password whose SHA-1 is BBB85 0F60CA6A7AE1C88081C4A91780686F68F48.
const KNOWN: &str = "an entirely new passphrase";
const RANGE: &str = "/range/BBB85";
const LINES: &str = "0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n0F60CA6A7AE1C88081C4A91780686F68F48:27\r\n";
const MISTAKE: &str = "is known from a breach of another service, so attackers try it; choose another password";
const LOGGED: &str = "a new password was not looked up among the breached ones";

fn text(body: &str) -> Served {
    Served::text(body).header("content-type", "text/plain")
}

/// Starts with a server that has this response for the range of the known password.
async fn start(range: Served) -> (TestServer, DocumentServer) {
    let ranges = DocumentServer::start().await;
    ranges.put(RANGE, range);
    let parameters = [("BreachedPasswordsUrl", "https://ranges.example/range/")];
    let driftwood = TestServer::start_with_documents(&[("https://ranges.example", &ranges)], &parameters).await;
    // What leaves the process and what is logged never has it.
    driftwood.keep_secret(KNOWN);
    (driftwood, ranges)
}

async fn register(driftwood: &TestServer, email: &str, password: &str) -> Reply {
    driftwood.post("auth-register", json!({"email": email, "password": password, "name": "Bob Bray"})).await
}

fn assert_breached(refusal: &Value, field: &str) {
    assert_eq!(refusal["fields"], json!({ field: MISTAKE }));
}

#[tokio::test]
async fn a_password_of_a_breach_is_refused_wherever_one_is_chosen_and_the_user_is_told_why() {
    let (driftwood, ranges) = start(text(LINES)).await;
    // The range of the usual password is not served here, so it is taken: see below.
    let alice = driftwood.alice().await;
    assert_breached(&register(&driftwood, "bob@example.com", KNOWN).await.refused(400, "invalid_input"), "password");
    assert_eq!(driftwood.hashes("auth-register"), 1, "it is not hashed");
    let changed = change_password(&driftwood, &alice, PASSWORD, KNOWN).await;
    assert_breached(&changed.refused(400, "invalid_input"), "new_password");
    let token = reset_token(&driftwood, &alice.email).await;
    assert_breached(&reset(&driftwood, &token, KNOWN).await.refused(400, "invalid_input"), "password");
    for (access_token, body) in [
        ("", json!({"user_id": "nightly-job", "user_secret": KNOWN})),
        (alice.access_token.as_str(), json!({"user_secret": KNOWN})),
    ] {
        let refusal = driftwood.post_json("/register", access_token, body).await;
        assert_breached(&refusal.refused_resource(400, "invalid_input"), "user_secret");
    }
    // The link is still good for another password.
    reset(&driftwood, &token, "six quiet otters at the ford").await.result();
    assert!(can_sign_in(&driftwood, &alice.email, "six quiet otters at the ford").await);
    for request in ranges.requests(RANGE) {
        assert!(request.contains("\r\nadd-padding: true\r\n"), "{request}");
        assert!(!request.contains("0F60C") && !request.contains("passphrase"), "{request}");
    }
    assert_eq!(ranges.requests(RANGE).len(), 5);
}

#[tokio::test]
async fn the_pages_refuse_a_password_of_a_breach() {
    let (driftwood, _ranges) = start(text(LINES)).await;
    let visitor = driftwood.visitor();
    let page = visitor.get("/oauth2/authorize/sign-in").await;
    let form = visitor.get(&page.link_to("/oauth2/authorize/register")).await;
    let email = driftwood.new_email();
    let fields = |password| [("name", "Bob Bray"), ("email", email.as_str()), ("password", password)];
    let refused = visitor.submit(&form, &fields(KNOWN)).await;
    assert!(refused.status == 400 && refused.shows(MISTAKE), "{}", refused.text);
    assert_eq!(visitor.submit(&refused, &fields(PASSWORD)).await.heading(), "Your account");
    let form = visitor.get("/account/change-password").await;
    let fields = [("current_password", PASSWORD), ("new_password", KNOWN)];
    let refused = visitor.submit(&form, &fields).await;
    assert!(refused.status == 400 && refused.shows(MISTAKE), "{}", refused.text);
    let token = reset_token(&driftwood, &email).await;
    let form = visitor.get(&format!("/account/reset-password?token={token}")).await;
    let refused = visitor.submit(&form, &[("password", KNOWN)]).await;
    assert!(refused.status == 400 && refused.shows(MISTAKE), "{}", refused.text);
    assert!(can_sign_in(&driftwood, &email, PASSWORD).await);
}

#[tokio::test]
async fn a_password_that_was_seen_zero_times_is_padding() {
    let (driftwood, ranges) = start(text("0F60CA6A7AE1C88081C4A91780686F68F48:0\r\n")).await;
    register(&driftwood, "bob@example.com", KNOWN).await.result();
    assert_eq!(ranges.asked(), [RANGE]);
}

#[tokio::test]
async fn a_list_that_does_not_answer_keeps_no_user_from_a_password() {
    let long = "0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n".repeat(4_000) + LINES;
    for (case, range) in [
        ("busy", text("").status(503)),
        ("gone", text("").status(404)),
        ("elsewhere", text("").status(302).header("location", "https://ranges.example/other")),
        ("a page", text(LINES).header("content-type", "text/html")),
        ("endless", text(&long)),
        ("silent", text(LINES).silent_after(20)),
    ] {
        let (driftwood, ranges) = start(range).await;
        register(&driftwood, "bob@example.com", KNOWN).await.result();
        assert_eq!(ranges.asked(), [RANGE], "{case}: it is asked once");
        assert!(driftwood.has_logged(LOGGED, "WARN"), "{case}");
        assert!(!driftwood.has_logged(LOGGED, "BBB85"), "{case}: the range is not logged");
    }
    let (driftwood, ranges) = start(text(LINES)).await;
    ranges.set_away(true);
    register(&driftwood, "bob@example.com", KNOWN).await.result();
    assert!(!driftwood.has_logged(LOGGED, "BBB85"));
}

#[tokio::test]
async fn only_new_passwords_are_looked_up_and_only_after_what_can_be_refused_without() {
    let (driftwood, ranges) = start(text(LINES)).await;
    let alice = driftwood.alice().await;
    let asked = ranges.asked().len();
    signed_in(&driftwood, &alice.email, PASSWORD).await;
    driftwood.login(&alice.email, KNOWN).await.refused(401, "invalid_credentials");
    change_password(&driftwood, &alice, "not my password", KNOWN).await.refused(400, "invalid_input");
    change_password(&driftwood, &alice, PASSWORD, "short").await.refused(400, "invalid_input");
    register(&driftwood, "no address", KNOWN).await.refused(400, "invalid_input");
    reset(&driftwood, "dw_ml_invented", KNOWN).await.refused(400, "invalid_link");
    assert_eq!(ranges.asked().len(), asked);
}

#[tokio::test]
async fn no_list_is_asked_by_default() {
    let ranges = DocumentServer::start().await;
    ranges.put(RANGE, text(LINES));
    let hosts = [("https://api.pwnedpasswords.com", &ranges), ("https://ranges.example", &ranges)];
    let driftwood = TestServer::start_with_documents(&hosts, &[]).await;
    register(&driftwood, "bob@example.com", KNOWN).await.result();
    assert!(ranges.asked().is_empty());
}
