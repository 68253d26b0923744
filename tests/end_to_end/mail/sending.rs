use local::MailTrouble;
use shared::domain::email_link::LinkPurpose;

use super::{post, run, waiting};
use crate::harness::TestServer;

#[tokio::test]
async fn while_the_mail_service_is_unavailable_a_mail_waits_longer_each_time_and_is_then_sent_once() {
    let driftwood = TestServer::start().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 4);
    let alice = driftwood.alice().await;
    for (tries, longest) in [(1, 60), (2, 120), (3, 240), (4, 480)] {
        let mail = waiting(&driftwood).await.pop().expect("a mail that waits");
        let wait = driftwood.clock.now().until(mail.due_at).as_secs();
        assert!((longest * 3 / 4..=longest).contains(&wait), "{wait} s");
        assert_eq!((mail.tries, driftwood.all_mail().len()), (tries, 0));
        driftwood.advance(wait - 1);
        run(&driftwood).await;
        assert_eq!(waiting(&driftwood).await[0].tries, tries, "it is not due yet");
        driftwood.advance(1);
        run(&driftwood).await;
    }
    run(&driftwood).await;
    assert_eq!((driftwood.mail_to(&alice.email).len(), waiting(&driftwood).await.len()), (1, 0));
}

#[tokio::test]
async fn a_mail_whose_acceptance_was_lost_is_sent_again_with_the_same_link() {
    let driftwood = TestServer::start().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::AnswerLost, 1);
    let alice = driftwood.alice().await;
    driftwood.advance(60);
    run(&driftwood).await;
    run(&driftwood).await;
    let mails = driftwood.mail_to(&alice.email);
    assert_eq!((mails.len(), waiting(&driftwood).await.len()), (2, 0));
    assert_eq!(mails[0].token(), mails[1].token());
    assert_eq!(mails[0].html, mails[1].html);
}

#[tokio::test]
async fn three_failures_in_a_row_end_a_run_and_the_next_one_sends_the_rest() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for _ in 0..5 {
        post(&driftwood, &alice, LinkPurpose::VerifyEmail, None).await;
    }
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 100);
    run(&driftwood).await;
    let tries =
        |mails: Vec<shared::domain::mail::message::OutgoingMail>| mails.iter().filter(|mail| mail.tries == 1).count();
    let mails = waiting(&driftwood).await;
    assert_eq!((mails.len(), tries(mails)), (5, 3));
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 0);
    run(&driftwood).await;
    assert_eq!((waiting(&driftwood).await.len(), driftwood.mail_to(&alice.email).len()), (3, 3));
    driftwood.advance(60);
    run(&driftwood).await;
    assert_eq!((waiting(&driftwood).await.len(), driftwood.mail_to(&alice.email).len()), (0, 6));
}

#[tokio::test]
async fn rejected_mails_do_not_delay_the_others() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for _ in 0..5 {
        post(&driftwood, &alice, LinkPurpose::VerifyEmail, None).await;
    }
    driftwood.server.mailbox.inject_fault(MailTrouble::Rejected, 4);
    run(&driftwood).await;
    assert_eq!((waiting(&driftwood).await.len(), driftwood.mail_to(&alice.email).len()), (4, 2));
    driftwood.advance(60);
    run(&driftwood).await;
    assert_eq!((waiting(&driftwood).await.len(), driftwood.mail_to(&alice.email).len()), (0, 6));
}

#[tokio::test]
async fn of_32_runs_at_once_one_sends_a_mail() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for _ in 0..3 {
        post(&driftwood, &alice, LinkPurpose::VerifyEmail, None).await;
    }
    futures_util::future::join_all((0..32).map(|_| run(&driftwood))).await;
    assert_eq!((driftwood.mail_to(&alice.email).len(), waiting(&driftwood).await.len()), (4, 0));
}

#[tokio::test]
async fn a_mail_that_is_too_old_is_dropped_and_logged() {
    let driftwood = TestServer::start().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
    let alice = driftwood.alice().await;
    let mail = waiting(&driftwood).await.pop().expect("a mail that waits");
    let id = mail.id.to_string();
    assert!(driftwood.has_logged(&id, "a mail could not be delivered"));
    driftwood.advance(driftwood.clock.now().until(mail.gives_up_at).as_secs());
    run(&driftwood).await;
    assert_eq!((driftwood.mail_to(&alice.email).len(), waiting(&driftwood).await.len()), (0, 0));
    assert!(driftwood.has_logged(&id, "a mail was given up"));
}

#[tokio::test]
async fn until_the_last_second_a_mail_is_sent() {
    let driftwood = TestServer::start().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
    let alice = driftwood.alice().await;
    let mail = waiting(&driftwood).await.pop().expect("a mail that waits");
    driftwood.advance(driftwood.clock.now().until(mail.gives_up_at).as_secs() - 1);
    run(&driftwood).await;
    assert_eq!((driftwood.mail_to(&alice.email).len(), waiting(&driftwood).await.len()), (1, 0));
}

#[tokio::test]
async fn a_failure_of_the_mail_service_is_no_part_of_the_response() {
    let driftwood = TestServer::start().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
    // The registration returns tokens all the same.
    let alice = driftwood.alice().await;
    assert!(driftwood.is_alive(&alice.access_token).await);
}
