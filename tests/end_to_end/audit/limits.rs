//! A rate limit leaves one event for each count and window, however many attempts it refuses.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Alice, Client, OPERATED, PASSWORD, Program, TestServer, Trouble, machine};
use crate::keys::{self, SECRET};
use crate::recovery::operations;

const WRONG: &str = "wrong password of mine";

/// The kinds of the limits in a trail that were exceeded, and whether each event has this user. The events have nothing by
/// which a user or a machine is recognised but their ids.
fn exceeded(events: &[Value], user: Option<&Alice>) -> Vec<String> {
    let mut kinds: Vec<String> = Vec::new();
    for event in events.iter().filter(|event| event["action"] == "limit.exceeded") {
        assert_eq!(
            (event["outcome"].as_str(), event["user_id"].as_str()),
            (Some("refused"), user.map(|user| user.user_id.as_str()))
        );
        assert_eq!((event["address"].as_str(), event["user_agent"].as_str()), (Some(""), Some("")), "{event}");
        assert!(!event["request_id"].as_str().unwrap().is_empty(), "{event}");
        kinds.push(event["subject"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    kinds
}

async fn exceeded_by(driftwood: &TestServer, alice: &Alice) -> Vec<String> {
    exceeded(&driftwood.trail(&alice.access_token, json!({})).await, Some(alice))
}

async fn exceeded_without_account(driftwood: &TestServer, operator: &Alice) -> Vec<String> {
    exceeded(&driftwood.trail(&operator.access_token, json!({"without_account": true})).await, None)
}

#[tokio::test]
async fn a_flood_of_200_leaves_one_event_and_another_window_leaves_another() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "3"), ("LoginWindowSeconds", "60"), OPERATED]).await;
    let (alice, operator) = (driftwood.alice().await, driftwood.operator().await);
    for window in 1..=2 {
        for email in [alice.email.as_str(), "unknown@example.com"] {
            for _ in 0..200 {
                driftwood.login(email, WRONG).await;
            }
        }
        assert_eq!(exceeded_by(&driftwood, &alice).await, vec!["login"; window]);
        assert_eq!(exceeded_without_account(&driftwood, &operator).await, vec!["login"; window]);
        driftwood.advance(60);
    }
    driftwood.assert_trail_is_clean().await;
    for item in driftwood.items("Audit").await {
        let item = format!("{item:?}");
        assert!(!item.contains("limit.exceeded") || !item.contains("127.0.0.1"), "{item}");
    }
}

#[tokio::test]
async fn the_first_refusal_costs_one_write_more_and_the_others_none() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "1"), ("RegisterAddressLimit", "2"), OPERATED]).await;
    let alice = driftwood.alice().await;
    driftwood.login(&alice.email, WRONG).await.refused(401, "invalid_credentials");
    driftwood.calls();
    driftwood.login(&alice.email, WRONG).await.refused(429, "rate_limited");
    assert_eq!(operations(&driftwood, "auth-login"), ["UpdateItem", "GetItem", "GetItem", "PutItem"]);
    for _ in 0..3 {
        driftwood.login(&alice.email, WRONG).await.refused(429, "rate_limited");
        assert_eq!(operations(&driftwood, "auth-login"), ["UpdateItem"]);
    }
    driftwood.alice().await;
    let register =
        || driftwood.post("auth-register", json!({"email": "new@example.com", "password": PASSWORD, "name": "New"}));
    driftwood.calls();
    register().await.refused(429, "rate_limited");
    assert_eq!(operations(&driftwood, "auth-register"), ["UpdateItem", "PutItem"]);
    register().await.refused(429, "rate_limited");
    assert_eq!(operations(&driftwood, "auth-register"), ["UpdateItem"]);
}

#[tokio::test]
async fn of_32_attempts_at_once_one_is_the_first_that_is_refused() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "3"), OPERATED]).await;
    let alice = driftwood.alice().await;
    let replies = join_all((0..32).map(|_| driftwood.login(&alice.email, WRONG))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 429).count(), 29);
    assert_eq!(exceeded_by(&driftwood, &alice).await, ["login"]);
}

#[tokio::test]
async fn a_machine_over_its_own_limit_leaves_no_event_for_each_name() {
    let limits = [("LoginLimit", "2"), ("LoginAddressLimit", "4"), ("LoginAddressWindowSeconds", "600"), OPERATED];
    let driftwood = TestServer::start_with(&limits).await;
    let (alice, operator) = (driftwood.alice().await, driftwood.operator().await);
    let guesser = machine(9);
    for number in 0..30 {
        for _ in 0..4 {
            driftwood.login_from(&guesser, &format!("unknown{number}@example.com"), WRONG).await;
        }
    }
    // The first two names took what the machine may try.
    assert_eq!(exceeded_without_account(&driftwood, &operator).await, ["login", "login", "login-address"]);
    for _ in 0..4 {
        driftwood.login_from(&guesser, &alice.email, WRONG).await.refused(429, "rate_limited");
    }
    assert_eq!(exceeded_by(&driftwood, &alice).await, Vec::<String>::new());
}

#[tokio::test]
async fn many_machines_that_guess_at_a_name_leave_one_event_even_if_its_user_is_the_first() {
    let limits = [("LoginLimit", "2"), ("LoginEmailLimit", "4"), ("LoginEmailWindowSeconds", "600"), OPERATED];
    for is_user_the_first in [false, true] {
        let driftwood = TestServer::start_with(&limits).await;
        let alice = driftwood.alice().await;
        for number in 2..6 {
            driftwood.login_from(&machine(number), &alice.email, WRONG).await.refused(401, "invalid_credentials");
        }
        if is_user_the_first {
            driftwood.login(&alice.email, PASSWORD).await.result();
        }
        for number in 6..20 {
            driftwood.login_from(&machine(number), &alice.email, WRONG).await.refused(429, "rate_limited");
        }
        driftwood.login(&alice.email, PASSWORD).await.result();
        assert_eq!(exceeded_by(&driftwood, &alice).await, ["login-name"]);
    }
}

#[tokio::test]
async fn scripts_and_clients_leave_one_event_in_their_account() {
    let limits = [("LoginLimit", "2"), ("ClientLimit", "2"), ("ClientAddressLimit", "6"), OPERATED];
    let driftwood = TestServer::start_with(&limits).await;
    let (alice, bob, operator) = (driftwood.alice().await, driftwood.alice().await, driftwood.operator().await);
    let key = driftwood.key_of(&alice, "Key").await;
    for _ in 0..20 {
        driftwood.authenticate(&key, "not the secret at all").await;
    }
    assert_eq!(exceeded_by(&driftwood, &alice).await, ["login"]);
    let program = driftwood.program(&bob, json!({"name": "Job"})).await;
    let wrong = Program { client_secret: "wrong".to_owned(), ..program.clone() };
    for _ in 0..4 {
        driftwood.program_token(&wrong).await;
    }
    let events = driftwood.trail(&bob.access_token, json!({})).await;
    assert_eq!(exceeded(&events, None), ["client"], "by no user of the account");
    let event = events.iter().find(|event| event["action"] == "limit.exceeded").unwrap();
    assert_eq!(event["client_id"], program.client_id.as_str());
    // Two more are checked for this machine, and then its own limit is reached: once, whatever clients it tries.
    for number in 0..20 {
        let client_id = format!("dw_ci_{number:032x}");
        let unknown = Program { client_id, client_secret: "wrong".to_owned(), ..program.clone() };
        for _ in 0..4 {
            driftwood.program_token(&unknown).await;
        }
    }
    assert_eq!(exceeded_without_account(&driftwood, &operator).await, ["client-address"]);
    driftwood.program_token(&program).await.result();
}

#[tokio::test]
async fn refused_mails_leave_one_event_for_each_recipient_and_for_the_machine() {
    let limits = [("MailLimit", "2"), ("MailAddressLimit", "6"), OPERATED];
    let driftwood = TestServer::start_with(&limits).await;
    let (alice, operator) = (driftwood.alice().await, driftwood.operator().await);
    // Whether there is such a user is not known when a mail is refused, and the trail of no account tells.
    for email in [alice.email.as_str(), "unknown@example.com"] {
        for _ in 0..3 {
            driftwood.post("auth-forgot-password", json!({"email": email})).await;
        }
    }
    assert_eq!(exceeded_without_account(&driftwood, &operator).await, ["link-email", "link-email"]);
    for _ in 0..10 {
        driftwood.post("auth-forgot-password", json!({"email": alice.email})).await.refused(429, "rate_limited");
    }
    assert_eq!(exceeded_without_account(&driftwood, &operator).await, ["link-email", "link-email", "mail-address"]);
    assert_eq!(exceeded_by(&driftwood, &alice).await, Vec::<String>::new());
    driftwood.assert_trail_is_clean().await;
}

#[tokio::test]
async fn a_registration_without_its_mail_leaves_the_event_of_the_recipient() {
    let driftwood = TestServer::start_with(&[("MailLimit", "1"), OPERATED]).await;
    let operator = driftwood.operator().await;
    for turn in 0..2 {
        let body = json!({"email": "mine@example.com", "password": PASSWORD, "name": "Mine"});
        let mine = Alice::from("mine@example.com", &driftwood.post("auth-register", body).await.result());
        assert_eq!(exceeded_without_account(&driftwood, &operator).await, vec!["link-email"; turn]);
        for _ in 0..turn {
            let verify = driftwood.post_as(&mine.access_token, "auth-verify-email", json!({})).await;
            verify.refused(429, "rate_limited");
        }
        assert_eq!(exceeded_by(&driftwood, &mine).await, Vec::<String>::new(), "that was the second");
        driftwood.post_as(&mine.access_token, "users-delete", json!({"password": PASSWORD})).await;
    }
}

#[tokio::test]
async fn refused_actions_of_a_user_leave_one_event_in_their_account() {
    let driftwood = TestServer::start_with(&[("NoticeLimit", "1"), OPERATED]).await;
    let alice = driftwood.verified_alice().await;
    driftwood.key_of(&alice, "Key").await;
    for _ in 0..10 {
        let body = json!({"user_secret": SECRET});
        driftwood.post_json("/register", &alice.access_token, body).await.refused_resource(429, "rate_limited");
    }
    assert_eq!(exceeded_by(&driftwood, &alice).await, ["notice-email"]);
}

#[tokio::test]
async fn refused_registrations_leave_one_event() {
    let driftwood =
        TestServer::start_with(&[("RegisterAddressLimit", "2"), ("ClientRegistrationLimit", "1"), OPERATED]).await;
    let operator = driftwood.operator().await;
    let alice = driftwood.alice().await;
    for _ in 0..10 {
        let body = json!({"email": driftwood.new_email(), "password": PASSWORD, "name": "New"});
        driftwood.post("auth-register", body).await;
        let metadata = json!({"client_name": "New", "redirect_uris": ["https://new.example/cb"]});
        driftwood.post_json("/oauth2/register", "", metadata).await;
    }
    let kinds = ["client-registration-address", "register-address"];
    assert_eq!(exceeded_without_account(&driftwood, &operator).await, kinds);
    assert_eq!(exceeded_by(&driftwood, &alice).await, Vec::<String>::new());
}

/// An app of this user, with a secret if its server authenticates.
async fn app_of(driftwood: &TestServer, alice: &Alice, method: &str) -> Client {
    let settings = json!({
        "name": "Web App", "redirect_uris": ["https://web.example/cb"], "token_endpoint_auth_method": method,
        "scopes": ["openid", "profile", "email", "contact_read"],
    });
    driftwood.client_of(alice, settings).await
}

#[tokio::test]
async fn refused_authorizations_leave_one_event_of_what_is_counted() {
    // Counted for two at once.
    let driftwood = TestServer::start_with(&[("PendingLimit", "200"), OPERATED]).await;
    let (alice, operator) = (driftwood.verified_alice().await, driftwood.operator().await);
    let server = app_of(&driftwood, &alice, "client_secret_basic").await;
    for _ in 0..230 {
        server.push(&driftwood, &[]).await;
    }
    let events = driftwood.trail(&alice.access_token, json!({})).await;
    assert_eq!(exceeded(&events, None), ["pending-client"]);
    // Strangers who name a public app leave nothing in the trail of its account.
    let public = app_of(&driftwood, &alice, "none").await;
    let stranger = driftwood.visitor();
    for _ in 0..230 {
        stranger.get(&public.authorize_path(&[])).await;
    }
    let events = driftwood.trail(&alice.access_token, json!({})).await;
    assert_eq!(exceeded(&events, None), ["pending-client"]);
    assert_eq!(exceeded_without_account(&driftwood, &operator).await, ["pending-address"]);
}

#[tokio::test]
async fn a_user_whose_authorizations_are_refused_has_one_event() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "3")]).await;
    let (alice, developer) = (driftwood.alice().await, driftwood.verified_alice().await);
    let public = app_of(&driftwood, &developer, "none").await;
    let browser = keys::browser(&driftwood, &alice.email, PASSWORD).await;
    for _ in 0..10 {
        browser.get(&public.authorize_path(&[])).await;
    }
    assert_eq!(exceeded_by(&driftwood, &alice).await, ["pending-user"]);
    assert_eq!(exceeded_by(&driftwood, &developer).await, Vec::<String>::new());
}

#[tokio::test]
async fn guesses_at_the_codes_of_devices_leave_one_event() {
    let driftwood = TestServer::start_with(&[("DeviceLimit", "2"), OPERATED]).await;
    let (operator, visitor) = (driftwood.operator().await, driftwood.visitor());
    for _ in 0..10 {
        visitor.type_code("BCDF-GHJK").await;
    }
    assert_eq!(exceeded_without_account(&driftwood, &operator).await, ["device-address"]);
}

#[tokio::test]
async fn documents_that_are_not_fetched_leave_one_event() {
    let driftwood = TestServer::start_with(&[("DocumentLimit", "2"), OPERATED]).await;
    let operator = driftwood.operator().await;
    for number in 0..10 {
        let client_id = format!("https://notes.example/{number}.json");
        let client = driftwood.unowned_client(&client_id, "", "https://app.notes.example/cb");
        driftwood.visitor().get(&client.authorize_path(&[])).await;
    }
    assert_eq!(exceeded_without_account(&driftwood, &operator).await, ["document-address"]);
}

#[tokio::test]
async fn the_apps_of_an_account_leave_one_event_together() {
    let driftwood = TestServer::start_with(&[("PendingLimit", "2"), OPERATED]).await;
    let alice = driftwood.verified_alice().await;
    for _ in 0..12 {
        let app = app_of(&driftwood, &alice, "client_secret_basic").await;
        for _ in 0..2 {
            app.push(&driftwood, &[]).await;
        }
    }
    let events = driftwood.trail(&alice.access_token, json!({})).await;
    assert_eq!(exceeded(&events, None), ["pending-account"]);
}

#[tokio::test]
async fn a_refusal_whose_event_cannot_be_recorded_is_a_503_and_the_next_ones_are_refused_as_ever() {
    let driftwood = TestServer::start_with(&[("LoginLimit", "1"), ("LoginWindowSeconds", "60"), OPERATED]).await;
    let alice = driftwood.alice().await;
    driftwood.login(&alice.email, WRONG).await.refused(401, "invalid_credentials");
    driftwood.inject_fault("PutItem AuditTable", Trouble::Throttled, 50);
    driftwood.login(&alice.email, WRONG).await.refused(503, "unavailable");
    driftwood.login(&alice.email, WRONG).await.refused(429, "rate_limited");
    driftwood.clear_faults();
    driftwood.login(&alice.email, PASSWORD).await.refused(429, "rate_limited");
    driftwood.advance(60);
    for trouble in [Trouble::ResponseLost, Trouble::Conflict, Trouble::TimeoutAfter] {
        driftwood.advance(60);
        driftwood.login(&alice.email, WRONG).await.refused(401, "invalid_credentials");
        driftwood.inject_fault("PutItem AuditTable", trouble, 1);
        driftwood.login(&alice.email, WRONG).await.refused(429, "rate_limited");
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
    }
    assert_eq!(exceeded_by(&driftwood, &alice).await, ["login"; 3]);
}
