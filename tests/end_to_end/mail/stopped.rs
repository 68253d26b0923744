//! Runs that are stopped at any point, and everything that fails in turn: no mail is lost.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use local::MailTrouble;
use serde_json::json;
use shared::domain::email_link::LinkPurpose;
use shared::fault::Fault;
use shared::lambda::Event;

use super::{post, run, waiting};
use crate::harness::{TestServer, Trouble};

/// Longer than any claim and any wait after one failure.
const LATER: u64 = 3_600;

/// Runs `mail-send` until it has waited `steps` times for something, and stops it there, as Lambda stops a function; returns
/// its outcome if it had ended before.
async fn stopped_after(driftwood: &TestServer, steps: usize) -> Option<Result<(), Fault>> {
    let app = &driftwood.server.apps["mail-send"];
    let event = Event::within(json!({}), Duration::from_secs(60));
    let mut sending = pin!(mail_send::handle(app, &*driftwood.server.mailbox, event));
    let mut waits = 0;
    poll_fn(|context| {
        if waits > steps {
            return Poll::Ready(None);
        }
        waits += 1;
        sending.as_mut().poll(context).map(Some)
    })
    .await
}

#[tokio::test]
async fn a_mail_is_sent_wherever_a_run_is_stopped_and_twice_only_between_sending_and_deleting_it() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let (mut steps, mut twice) = (0, 0);
    loop {
        let before = driftwood.mail_to(&alice.email).len();
        post(&driftwood, &alice, LinkPurpose::VerifyEmail, None).await;
        let outcome = stopped_after(&driftwood, steps).await;
        let arrived_first = driftwood.mail_to(&alice.email).len() - before;
        driftwood.advance(120);
        run(&driftwood).await;
        let arrived = driftwood.mail_to(&alice.email).len() - before;
        assert_eq!(waiting(&driftwood).await.len(), 0, "{steps} steps");
        assert!(arrived == 1 || (arrived == 2 && arrived_first == 1), "{steps} steps: {arrived} arrived");
        twice += arrived - 1;
        if let Some(outcome) = outcome {
            outcome.expect("a run");
            break;
        }
        steps += 1;
    }
    assert!(steps > 3 && twice <= steps / 2, "{steps} points to stop at, {twice} mails arrived twice");
}

/// A number that looks random, and is the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap() % sides
    }
}

#[tokio::test]
async fn whatever_fails_in_turn_every_mail_arrives_or_is_kept() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let mut dice = Dice(16);
    let troubles =
        [Trouble::Throttled, Trouble::Conflict, Trouble::TimeoutBefore, Trouble::TimeoutAfter, Trouble::ResponseLost];
    let operations = ["Query", "UpdateItem", "DeleteItem", "TransactWriteItems"];
    let (mut posted, mut failed_runs) = (1, 0);
    for _ in 0..60 {
        if posted < 40 {
            // Its link is valid for a day, longer than all of this takes.
            post(&driftwood, &alice, LinkPurpose::VerifyEmail, None).await;
            posted += 1;
        }
        match dice.roll(4) {
            0 => driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1 + dice.roll(4)),
            1 => driftwood.server.mailbox.inject_fault(MailTrouble::AnswerLost, 1),
            _ => {
                let (operation, trouble) = (operations[dice.roll(4)], troubles[dice.roll(5)]);
                driftwood.inject_fault_in("mail-send", operation, trouble, 1 + dice.roll(6));
            }
        }
        let steps = dice.roll(40);
        if dice.roll(3) == 0 {
            failed_runs += usize::from(stopped_after(&driftwood, steps).await.is_some_and(|outcome| outcome.is_err()));
        } else {
            failed_runs += usize::from(driftwood.server.run("mail-send").await.is_err());
        }
        driftwood.clear_faults();
        driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 0);
        driftwood.advance(u64::try_from(dice.roll(180)).unwrap());
    }
    driftwood.advance(LATER);
    run(&driftwood).await;
    let mails = driftwood.mail_to(&alice.email);
    let arrived: std::collections::BTreeSet<String> = mails.iter().map(|mail| mail.token()).collect();
    assert_eq!((arrived.len(), waiting(&driftwood).await.len()), (posted, 0), "{failed_runs} runs failed");
    assert!(failed_runs > 0, "something failed");
    let twice = mails.len() - posted;
    assert!(twice < posted, "{twice} of {posted} mails arrived again");
    println!("{posted} mails, {failed_runs} failed runs, {twice} arrived again");
}
