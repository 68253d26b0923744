//! Failures of AWS: no mail is lost or duplicated, and a retry succeeds.

use serde_json::json;

use super::{
    CONFIRM, NEW, RESET, VERIFY, ask_for, ask_to_verify, can_sign_in, change_password, change_token, confirm, events,
    forgot, last_token, mails, reset, reset_token, tokens, verify_as,
};
use crate::harness::{Alice, PASSWORD, Reply, TestServer, Trouble};

/// More often than any request is retried.
const EVERY_TIME: usize = 50;

/// Every flow, with its write operations.
const FLOWS: [(&str, &[&str]); 7] = [
    ("auth-verify-email", &["UpdateItem", "TransactWriteItems"]),
    ("verify", &["TransactWriteItems"]),
    ("auth-forgot-password", &["UpdateItem", "TransactWriteItems"]),
    ("auth-reset-password", &["TransactWriteItems"]),
    ("auth-change-password", &["UpdateItem", "TransactWriteItems"]),
    ("auth-change-email", &["UpdateItem", "TransactWriteItems"]),
    ("confirm", &["TransactWriteItems"]),
];

/// A user, another address of theirs, and the token of the link that the flow follows.
struct Stage {
    alice: Alice,
    other: String,
    token: String,
}

impl Stage {
    async fn of(driftwood: &TestServer, flow: &str) -> Self {
        let alice = driftwood.alice().await;
        let other = format!("other.{}", alice.email);
        let token = match flow {
            "verify" => last_token(driftwood, &alice.email, VERIFY),
            "auth-reset-password" => reset_token(driftwood, &alice.email).await,
            "confirm" => change_token(driftwood, &alice, &other).await,
            _ => String::new(),
        };
        Self { alice, other, token }
    }

    async fn go(&self, driftwood: &TestServer, flow: &str) -> Reply {
        match flow {
            "auth-verify-email" => ask_to_verify(driftwood, &self.alice).await,
            "verify" => verify_as(driftwood, &self.alice, &self.token).await,
            "auth-forgot-password" => forgot(driftwood, &self.alice.email).await,
            "auth-reset-password" => reset(driftwood, &self.token, NEW).await,
            "auth-change-password" => change_password(driftwood, &self.alice, PASSWORD, NEW).await,
            "auth-change-email" => ask_for(driftwood, &self.alice, &self.other).await,
            "confirm" => confirm(driftwood, &self.alice, &self.token).await,
            _ => panic!("{flow} is no flow"),
        }
    }

    /// Asserts that the flow was done, and that each of its mails was sent exactly once.
    async fn assert_done(&self, driftwood: &TestServer, flow: &str, context: &str) {
        let Self { alice, other, .. } = self;
        let links = |email: &str, page| tokens(driftwood, email, page).len();
        let notices_of = |subject| mails(driftwood, &alice.email, subject);
        match flow {
            "auth-verify-email" => {
                assert_eq!(links(&alice.email, VERIFY), 2, "{context}");
                verify_as(driftwood, alice, &last_token(driftwood, &alice.email, VERIFY)).await.result();
            }
            "verify" => assert_eq!(ask_to_verify(driftwood, alice).await.result()["email_verified"], true, "{context}"),
            "auth-forgot-password" => {
                assert_eq!(links(&alice.email, RESET), 1, "{context}");
                reset(driftwood, &last_token(driftwood, &alice.email, RESET), NEW).await.result();
            }
            "auth-reset-password" | "auth-change-password" => {
                assert_eq!(notices_of("Your password at"), 1, "{context}");
                assert!(can_sign_in(driftwood, &alice.email, NEW).await, "{context}");
                let is_alive = driftwood.is_alive(&alice.access_token).await;
                assert_eq!(is_alive, flow == "auth-change-password", "{context}");
            }
            "auth-change-email" => {
                let notices = notices_of("Your e-mail address at Driftwood is about to change");
                assert_eq!((links(other, CONFIRM), notices), (1, 1), "{context}");
                confirm(driftwood, alice, &last_token(driftwood, other, CONFIRM)).await.result();
            }
            _ => {
                assert_eq!(notices_of("Your e-mail address at Driftwood was changed"), 1, "{context}");
                assert!(can_sign_in(driftwood, other, PASSWORD).await, "{context}");
            }
        }
        assert_eq!(driftwood.count_items("Mail").await, 0, "{context}: no mail waits");
    }
}

/// The function that a flow calls.
fn function(flow: &str) -> &str {
    match flow {
        "verify" => "auth-verify-email",
        "confirm" => "auth-change-email",
        name => name,
    }
}

#[tokio::test]
async fn a_passing_fault_on_any_write_is_not_noticed() {
    let driftwood = TestServer::start().await;
    for trouble in Trouble::PASSING {
        for (flow, operations) in FLOWS {
            for operation in operations {
                let context = format!("{flow} {operation} {trouble:?}");
                let stage = Stage::of(&driftwood, flow).await;
                driftwood.inject_fault_in(function(flow), operation, trouble, 1);
                assert_eq!(stage.go(&driftwood, flow).await.status, 200, "{context}");
                assert_eq!(driftwood.clear_faults(), 1, "{context}");
                stage.assert_done(&driftwood, flow, &context).await;
            }
        }
    }
}

#[tokio::test]
async fn a_lasting_fault_is_a_503_before_any_write_and_afterwards_the_same_request_succeeds() {
    let driftwood = TestServer::start().await;
    for (flow, operations) in FLOWS {
        for operation in ["BatchGetItem", "GetItem"].iter().chain(operations) {
            let context = format!("{flow} {operation}");
            let stage = Stage::of(&driftwood, flow).await;
            driftwood.inject_fault_in(function(flow), operation, Trouble::Throttled, EVERY_TIME);
            let refused = stage.go(&driftwood, flow).await;
            if driftwood.clear_faults() == 0 {
                // The flow does not use this operation.
                continue;
            }
            refused.refused(503, "unavailable");
            assert_eq!(refused.header("retry-after"), "1", "{context}");
            assert_eq!(stage.go(&driftwood, flow).await.status, 200, "{context}");
            stage.assert_done(&driftwood, flow, &context).await;
        }
    }
}

#[tokio::test]
async fn a_response_that_is_lost_every_time_loses_no_mail_and_duplicates_none() {
    let driftwood = TestServer::start().await;
    for trouble in [Trouble::TimeoutAfter, Trouble::ResponseLost] {
        for (flow, _) in FLOWS {
            let context = format!("{flow} {trouble:?}");
            let stage = Stage::of(&driftwood, flow).await;
            driftwood.inject_fault_in(function(flow), "TransactWriteItems", trouble, EVERY_TIME);
            stage.go(&driftwood, flow).await.refused(503, "unavailable");
            assert!(driftwood.clear_faults() > 1, "{context}: it was retried");
            stage.assert_done(&driftwood, flow, &context).await;
            // A user who repeats the request because of the 503 gets a success, or finds the link used.
            let again = stage.go(&driftwood, flow).await;
            match flow {
                "verify" | "auth-verify-email" | "auth-forgot-password" => assert_eq!(again.status, 200, "{context}"),
                "auth-reset-password" | "confirm" => _ = again.refused(400, "invalid_link"),
                "auth-change-password" => assert_eq!(again.mistaken_fields(), ["current_password"], "{context}"),
                // Its link was followed, so the address is the user's own by now.
                "auth-change-email" => assert_eq!(again.mistaken_fields(), ["new_email"], "{context}"),
                _ => assert_eq!(again.status, 200, "{context}"),
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_password_whose_event_cannot_be_written_is_a_503() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    driftwood.inject_fault("PutItem AuditTable", Trouble::Throttled, EVERY_TIME);
    change_password(&driftwood, &alice, "not my password", NEW).await.refused(503, "unavailable");
    driftwood.clear_faults();
    change_password(&driftwood, &alice, "not my password", NEW).await.mistaken_fields();
    assert_eq!(events(&driftwood, "password.changed").await, ["refused"]);
}

#[tokio::test]
async fn the_pages_report_an_outage_and_the_form_can_be_sent_again() {
    let driftwood = TestServer::start().await;
    let visitor = driftwood.visitor();
    let email = visitor.signed_up().await;
    let token = reset_token(&driftwood, &email).await;
    driftwood.keep_secret(NEW);
    let fields = |path: &str| match path {
        "/account/change-email" => vec![("new_email", "other@example.com"), ("password", PASSWORD)],
        "/account/forgot-password" => vec![("email", "nobody@example.com")],
        "/account/profile" => vec![("name", "Alice"), ("locale", "en")],
        "/account/change-password" => vec![("current_password", PASSWORD), ("new_password", NEW)],
        _ => vec![("password", NEW)],
    };
    let reset = format!("{RESET}?token={token}");
    let verify = format!("{VERIFY}?token={}", last_token(&driftwood, &email, VERIFY));
    for path in [
        "/account/change-email",
        "/account/forgot-password",
        "/account/profile",
        verify.as_str(),
        "/account/change-password",
    ] {
        let page = visitor.get(path).await;
        driftwood.inject_fault_in("account", "TransactWriteItems", Trouble::Throttled, EVERY_TIME);
        visitor.submit(&page, &fields(path)).await.refused_page(503, "Please try again in a moment");
        assert!(driftwood.clear_faults() > 0, "{path}");
        assert_eq!(visitor.submit(&page, &fields(path)).await.status, 200, "{path}");
    }
    driftwood.get(&reset).await.refused_page(400, "This link does not work any more");
    let count = driftwood.mail_to(&email).len();
    assert_eq!((mails(&driftwood, &email, "Your password at"), driftwood.mail_to("other@example.com").len()), (1, 1));
    driftwood.server.run("mail-send").await.unwrap();
    assert_eq!(driftwood.mail_to(&email).len(), count);
    driftwood.post("contacts-list", json!({})).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_registration_loses_no_link_and_duplicates_none() {
    let driftwood = TestServer::start().await;
    for (n, trouble) in Trouble::PASSING.into_iter().enumerate() {
        let email = format!("new{n}@example.com");
        driftwood.inject_fault_in("auth-register", "TransactWriteItems", trouble, 1);
        let body = json!({"email": email, "password": PASSWORD, "name": "New"});
        let new = Alice::from(&email, &driftwood.post("auth-register", body).await.result());
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        let [token] = tokens(&driftwood, &email, VERIFY).try_into().unwrap();
        verify_as(&driftwood, &new, &token).await.result();
    }
}

#[tokio::test]
async fn a_reset_is_done_even_if_the_place_cannot_be_known() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let token = reset_token(&driftwood, &alice.email).await;
    driftwood.inject_fault_in("auth-reset-password", "UpdateItem", Trouble::TimeoutBefore, EVERY_TIME);
    reset(&driftwood, &token, NEW).await.result();
    assert!(driftwood.clear_faults() > 0);
    assert!(can_sign_in(&driftwood, &alice.email, NEW).await);
}
