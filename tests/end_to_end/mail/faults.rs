//! Failures of DynamoDB: no mail is lost, and none is sent twice.

use local::MailTrouble;
use serde_json::json;
use shared::domain::email_link::LinkPurpose;

use super::{post, run, waiting};
use crate::harness::{Alice, PASSWORD, TestServer, Trouble};

/// Faults that last, and whether the write was done, which the function cannot know.
const LASTING: [(Trouble, bool); 4] = [
    (Trouble::Throttled, false),
    (Trouble::TimeoutBefore, false),
    (Trouble::TimeoutAfter, true),
    (Trouble::ResponseLost, true),
];
/// More often than any request is retried.
const EVERY_TIME: usize = 50;

const CLAIM: &str = "UpdateItem";
const POSTPONE: &str = "TransactWriteItems";
const REMOVE: &str = "DeleteItem";

/// A user whose first mail was delivered, and for whom another one waits.
async fn with_a_mail(driftwood: &TestServer) -> Alice {
    let alice = driftwood.alice().await;
    post(driftwood, &alice, LinkPurpose::VerifyEmail, None).await;
    alice
}

/// The number of mails that the user got, beside the first one.
fn arrived(driftwood: &TestServer, alice: &Alice) -> usize {
    driftwood.mail_to(&alice.email).len() - 1
}

#[tokio::test]
async fn a_passing_fault_of_a_run_is_not_noticed() {
    let driftwood = TestServer::start().await;
    for operation in ["Query", CLAIM, REMOVE] {
        for trouble in
            Trouble::PASSING.into_iter().filter(|trouble| operation != "Query" || *trouble != Trouble::Conflict)
        {
            let alice = with_a_mail(&driftwood).await;
            driftwood.inject_fault_in("mail-send", operation, trouble, 1);
            run(&driftwood).await;
            assert_eq!(driftwood.clear_faults(), 1, "{operation} {trouble:?}");
            driftwood.advance(3_600);
            run(&driftwood).await;
            assert_eq!(
                (arrived(&driftwood, &alice), waiting(&driftwood).await.len()),
                (1, 0),
                "{operation} {trouble:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_passing_fault_while_a_mail_is_postponed_is_not_noticed() {
    let driftwood = TestServer::start().await;
    for trouble in Trouble::PASSING {
        let alice = with_a_mail(&driftwood).await;
        driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
        driftwood.inject_fault_in("mail-send", POSTPONE, trouble, 1);
        run(&driftwood).await;
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        let mail = waiting(&driftwood).await.pop().expect("a mail that waits");
        let wait = driftwood.clock.now().until(mail.due_at).as_secs();
        assert!(mail.tries == 1 && (45..=60).contains(&wait), "{trouble:?}: {wait} s");
        driftwood.advance(60);
        run(&driftwood).await;
        assert_eq!((arrived(&driftwood, &alice), waiting(&driftwood).await.len()), (1, 0), "{trouble:?}");
    }
}

#[tokio::test]
async fn an_outbox_that_cannot_be_read_or_claimed_from_keeps_its_mail() {
    let driftwood = TestServer::start().await;
    for operation in ["Query", CLAIM] {
        for (trouble, is_written) in LASTING {
            let alice = with_a_mail(&driftwood).await;
            driftwood.inject_fault_in("mail-send", operation, trouble, EVERY_TIME);
            driftwood.server.run("mail-send").await.expect_err("no run");
            assert!(driftwood.clear_faults() > 0 && arrived(&driftwood, &alice) == 0, "{operation} {trouble:?}");
            run(&driftwood).await;
            // A mail whose claim was written waits until the claim expires.
            let is_claimed = operation == CLAIM && is_written;
            assert_eq!(arrived(&driftwood, &alice), usize::from(!is_claimed), "{operation} {trouble:?}");
            driftwood.advance(120);
            run(&driftwood).await;
            assert_eq!(
                (arrived(&driftwood, &alice), waiting(&driftwood).await.len()),
                (1, 0),
                "{operation} {trouble:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_mail_that_was_sent_and_cannot_be_deleted_is_not_sent_again() {
    let driftwood = TestServer::start().await;
    for (trouble, is_written) in LASTING {
        let alice = with_a_mail(&driftwood).await;
        driftwood.inject_fault_in("mail-send", REMOVE, trouble, EVERY_TIME);
        run(&driftwood).await;
        assert!(driftwood.clear_faults() > 0, "{trouble:?}");
        assert_eq!((arrived(&driftwood, &alice), waiting(&driftwood).await.len()), (1, usize::from(!is_written)));
        driftwood.advance(120);
        run(&driftwood).await;
        assert_eq!((arrived(&driftwood, &alice), waiting(&driftwood).await.len()), (1, 0), "{trouble:?}");
    }
}

#[tokio::test]
async fn a_mail_that_cannot_be_postponed_waits_until_its_claim_expires() {
    let driftwood = TestServer::start().await;
    for (trouble, is_written) in LASTING {
        let alice = with_a_mail(&driftwood).await;
        driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
        driftwood.inject_fault_in("mail-send", POSTPONE, trouble, EVERY_TIME);
        driftwood.server.run("mail-send").await.expect_err("no run");
        assert!(driftwood.clear_faults() > 0, "{trouble:?}");
        let mail = waiting(&driftwood).await.pop().expect("a mail that waits");
        let free_at = if is_written { mail.due_at } else { mail.claimed_until };
        let wait = driftwood.clock.now().until(free_at).as_secs();
        assert!(if is_written { (45..=60).contains(&wait) } else { wait == 120 }, "{trouble:?}: {wait} s");
        driftwood.advance(wait);
        run(&driftwood).await;
        assert_eq!((arrived(&driftwood, &alice), waiting(&driftwood).await.len()), (1, 0), "{trouble:?}");
    }
}

#[tokio::test]
async fn a_passing_fault_of_a_registration_sends_its_mail_once() {
    let driftwood = TestServer::start().await;
    for trouble in Trouble::PASSING {
        driftwood.inject_fault_in("auth-register", "TransactWriteItems", trouble, 1);
        let alice = driftwood.alice().await;
        assert_eq!(driftwood.clear_faults(), 1, "{trouble:?}");
        run(&driftwood).await;
        assert_eq!((driftwood.mail_to(&alice.email).len(), waiting(&driftwood).await.len()), (1, 0), "{trouble:?}");
    }
}

#[tokio::test]
async fn a_registered_user_gets_a_mail_and_an_unregistered_one_gets_none_whatever_the_response_was() {
    for (trouble, is_written) in LASTING {
        let driftwood = TestServer::start().await;
        let body = json!({"email": "lost@example.com", "password": PASSWORD, "name": "Lost"});
        driftwood.inject_fault_in("auth-register", "TransactWriteItems", trouble, EVERY_TIME);
        driftwood.post("auth-register", body.clone()).await.refused(503, "unavailable");
        driftwood.clear_faults();
        assert_eq!(driftwood.mail_to("lost@example.com").len(), usize::from(is_written), "{trouble:?}");
        let again = driftwood.post("auth-register", body).await;
        assert_eq!(again.status, if is_written { 409 } else { 200 }, "{trouble:?}");
        run(&driftwood).await;
        assert_eq!(driftwood.mail_to("lost@example.com").len(), 1, "{trouble:?}");
        assert_eq!(waiting(&driftwood).await.len(), 0);
    }
}

#[tokio::test]
async fn a_registration_does_not_fail_with_the_run_that_sends_its_mail() {
    let driftwood = TestServer::start().await;
    driftwood.inject_fault_in("mail-send", CLAIM, Trouble::TimeoutBefore, EVERY_TIME);
    let alice = driftwood.alice().await;
    assert!(driftwood.clear_faults() > 0 && driftwood.all_mail().is_empty());
    run(&driftwood).await;
    assert_eq!(driftwood.mail_to(&alice.email).len(), 1);
}
