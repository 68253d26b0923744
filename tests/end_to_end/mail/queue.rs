//! The queue of mails: what a run reads and writes, when it ends, and what is kept of mails that were given up.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures_util::future::BoxFuture;
use local::MailTrouble;
use mail_send::SendMail;
use serde_json::{Value, json};
use shared::domain::delivery::Backoff;
use shared::domain::email_link::LinkPurpose;
use shared::domain::mail::message::{Letter, OutgoingMail};
use shared::fault::Fault;
use shared::lambda::Event;
use shared::service::delivery::{Deliver, Run, Slot, Terms};
use shared::store::SHARDS;

use super::{post, run, waiting};
use crate::harness::{Alice, TestServer};

type Item = HashMap<String, AttributeValue>;

/// Longer than a mail is attempted.
const MINUTE: Duration = Duration::from_secs(60);

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// The operations of `mail-send` since the last look.
fn operations(driftwood: &TestServer) -> Vec<String> {
    let calls = driftwood.calls().into_iter().filter(|call| call.function == "mail-send");
    calls.map(|call| call.operation).collect()
}

/// Gives `mail-send` an event, with this service for its mail.
async fn handle(driftwood: &TestServer, service: &dyn SendMail, event: Event) -> Result<(), Fault> {
    mail_send::handle(&driftwood.server.apps["mail-send"], service, event).await
}

/// The event of a schedule.
fn scheduled(time: Duration) -> Event {
    Event::within(json!({"source": "aws.events"}), time)
}

/// The event of the table's stream for these items.
fn streamed(items: &[Item]) -> Event {
    let text = |item: &Item, name: &str| item[name].as_s().unwrap().clone();
    let key = |item| json!({"pk": {"S": text(item, "pk")}, "sk": {"S": text(item, "sk")}});
    let record = |item| json!({"eventName": "INSERT", "dynamodb": {"Keys": key(item)}});
    Event::within(json!({"Records": items.iter().map(record).collect::<Vec<Value>>()}), MINUTE)
}

/// A user whose mail could not be sent, and that mail's item.
async fn with_a_mail_that_failed(driftwood: &TestServer) -> (Alice, Item) {
    driftwood.server.mailbox.inject_fault(MailTrouble::Refused, 1);
    let alice = driftwood.alice().await;
    let item = driftwood.items("Mail").await.pop().expect("a mail that waits");
    (alice, item)
}

/// Puts `count` mails into the queue that are due at this time, as copies of one.
async fn put_copies(driftwood: &TestServer, of: &Item, due: u64, count: usize) {
    let copy = |number: usize| {
        let id = format!("01997042-7b50-7000-8000-{number:012x}");
        let mut copy = of.clone();
        copy.extend([
            ("pk".to_owned(), s(&format!("mail#{}", number % usize::from(SHARDS)))),
            ("sk".to_owned(), s(&format!("due#{due:0>12}#{id}#again"))),
            ("id".to_owned(), s(&id)),
            ("due_at".to_owned(), AttributeValue::N(due.to_string())),
        ]);
        let put = PutRequest::builder().set_item(Some(copy)).build().expect("an item");
        WriteRequest::builder().put_request(put).build()
    };
    let (client, table) = (&driftwood.server.dynamodb, driftwood.server.table("Mail"));
    for batch in (0..count).collect::<Vec<_>>().chunks(25) {
        let batch = batch.iter().map(|number| copy(*number)).collect();
        client.batch_write_item().request_items(table, batch).send().await.expect("a batch");
    }
}

fn seconds(item: &Item, name: &str) -> u64 {
    item[name].as_n().unwrap().parse().unwrap()
}

fn terms() -> Terms {
    let backoff = Backoff { first: MINUTE, longest: MINUTE };
    Terms { what: "mail", at_once: 8, attempt: MINUTE, claim: MINUTE, backoff, busy: Duration::ZERO, patience: 3 }
}

/// Takes one mail at a time.
#[derive(Default)]
struct OneAtATime {
    is_busy: AtomicBool,
    taken: AtomicUsize,
}

struct Taken<'a>(&'a AtomicBool);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Deliver<Letter> for OneAtATime {
    fn slot(&self, _: &OutgoingMail) -> Option<Slot<'_>> {
        let is_free = !self.is_busy.swap(true, Ordering::SeqCst);
        is_free.then(|| Box::new(Taken(&self.is_busy)) as Slot<'_>)
    }

    fn deliver<'s>(&'s self, _: &'s OutgoingMail) -> BoxFuture<'s, Result<(), Fault>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.taken.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
    }
}

/// Never ends.
struct Endless;

impl Deliver<Letter> for Endless {
    fn deliver<'s>(&'s self, _: &'s OutgoingMail) -> BoxFuture<'s, Result<(), Fault>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_new_mail_is_claimed_by_its_key_and_deleted_and_nothing_else_is_read() {
    let driftwood = TestServer::start().await;
    driftwood.alice().await;
    operations(&driftwood);
    let bob = driftwood.alice().await;
    assert_eq!(operations(&driftwood), ["UpdateItem", "DeleteItem"]);
    assert_eq!(driftwood.mail_to(&bob.email).len(), 1);
}

#[tokio::test]
async fn a_run_without_work_reads_each_shard_and_the_mails_of_earlier_versions_once() {
    let driftwood = TestServer::start().await;
    operations(&driftwood);
    run(&driftwood).await;
    assert_eq!(operations(&driftwood), vec!["Query"; usize::from(SHARDS) + 1]);
}

#[tokio::test]
async fn ten_thousand_mails_that_wait_for_later_delay_no_new_one() {
    let driftwood = TestServer::start().await;
    let (_, failed) = with_a_mail_that_failed(&driftwood).await;
    put_copies(&driftwood, &failed, seconds(&failed, "due_at") + 600, 10_000).await;
    operations(&driftwood);
    let bob = driftwood.alice().await;
    assert_eq!(operations(&driftwood), ["UpdateItem", "DeleteItem"], "the new mail is attempted by its key");
    assert_eq!(driftwood.mail_to(&bob.email).len(), 1);
    // Nor do they delay one that is due again.
    driftwood.advance(60);
    run(&driftwood).await;
    let mut calls = operations(&driftwood);
    calls.retain(|operation| operation != "Query");
    assert_eq!((calls, driftwood.all_mail().len()), (vec!["UpdateItem".to_owned(), "DeleteItem".to_owned()], 2));
}

#[tokio::test]
async fn everything_that_is_due_is_sent_in_one_run_whatever_its_number() {
    let driftwood = TestServer::start().await;
    let (alice, failed) = with_a_mail_that_failed(&driftwood).await;
    put_copies(&driftwood, &failed, seconds(&failed, "due_at"), 450).await;
    driftwood.advance(60);
    run(&driftwood).await;
    assert_eq!((driftwood.mail_to(&alice.email).len(), driftwood.count_items("Mail").await), (451, 0));
}

#[tokio::test]
async fn a_run_that_would_be_stopped_in_the_middle_of_a_mail_does_not_begin_it() {
    let driftwood = TestServer::start().await;
    let (alice, failed) = with_a_mail_that_failed(&driftwood).await;
    driftwood.advance(60);
    let mailbox = &*driftwood.server.mailbox;
    handle(&driftwood, mailbox, scheduled(Duration::from_secs(15))).await.expect("a run");
    let left = driftwood.items("Mail").await;
    assert_eq!((left, driftwood.all_mail().len()), (vec![failed], 0), "it is not even claimed");
    handle(&driftwood, mailbox, scheduled(Duration::from_secs(30))).await.expect("a run");
    assert_eq!(driftwood.mail_to(&alice.email).len(), 1);
}

#[tokio::test]
async fn an_attempt_that_does_not_end_is_stopped_and_put_off() {
    let driftwood = TestServer::start().await;
    let (alice, _) = with_a_mail_that_failed(&driftwood).await;
    driftwood.advance(60);
    let queue = &driftwood.server.apps["mail-send"].stores.outbox.queue;
    let terms = Terms { attempt: Duration::ZERO, ..terms() };
    let until = Instant::now() + MINUTE;
    Run::new(queue, &Endless, terms, &driftwood.clock, until.into()).sweep().await.expect("a run");
    let mail = waiting(&driftwood).await.pop().expect("a mail that waits");
    assert_eq!((mail.tries, mail.failure.as_deref()), (2, Some("the attempt took too long")));
    driftwood.advance(120);
    run(&driftwood).await;
    assert_eq!(driftwood.mail_to(&alice.email).len(), 1);
}

#[tokio::test]
async fn a_sweep_goes_on_for_as_long_as_a_busy_receiver_has_work_and_a_run_of_new_work_does_not() {
    let driftwood = TestServer::start().await;
    let (_, failed) = with_a_mail_that_failed(&driftwood).await;
    put_copies(&driftwood, &failed, seconds(&failed, "due_at"), 11).await;
    driftwood.advance(60);
    let queue = &driftwood.server.apps["mail-send"].stores.outbox.queue;
    let run = |by| Run::new(queue, by, terms(), &driftwood.clock, (Instant::now() + 3 * MINUTE).into());
    let new = OneAtATime::default();
    let mut keys = Vec::new();
    for shard in 0..SHARDS {
        keys.extend(queue.due(shard, driftwood.clock.now(), 100).await.expect("keys"));
    }
    run(&new).attempt(keys).await.expect("a run");
    let left = driftwood.count_items("Mail").await;
    assert!(left > 0 && new.taken.load(Ordering::SeqCst) == 12 - left, "what is left is put off: {left}");
    driftwood.advance(2);
    let swept = OneAtATime::default();
    run(&swept).sweep().await.expect("a run");
    assert_eq!((swept.taken.load(Ordering::SeqCst), driftwood.count_items("Mail").await), (left, 0));
}

#[tokio::test]
async fn a_record_of_the_stream_that_comes_twice_or_late_sends_nothing_twice() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    post(&driftwood, &alice, LinkPurpose::VerifyEmail, None).await;
    let items = driftwood.items("Mail").await;
    let mailbox = &*driftwood.server.mailbox;
    let event = streamed(&[items.clone(), items.clone()].concat());
    let (one, other) =
        futures_util::join!(handle(&driftwood, mailbox, event.clone()), handle(&driftwood, mailbox, event.clone()));
    one.and(other).expect("runs");
    handle(&driftwood, mailbox, event).await.expect("a run");
    assert_eq!((driftwood.mail_to(&alice.email).len(), driftwood.count_items("Mail").await), (2, 0));
}

#[tokio::test]
async fn records_of_other_items_are_passed_over() {
    let driftwood = TestServer::start().await;
    let (_, failed) = with_a_mail_that_failed(&driftwood).await;
    driftwood.advance(60);
    operations(&driftwood);
    // What was put off is left to the schedule.
    handle(&driftwood, &*driftwood.server.mailbox, streamed(&[failed])).await.expect("a run");
    for detail in [json!({"Records": []}), json!({"Records": [{}, {"dynamodb": {"Keys": {"pk": {"S": "mail#0"}}}}]})] {
        handle(&driftwood, &*driftwood.server.mailbox, Event::within(detail, MINUTE)).await.expect("a run");
    }
    assert_eq!((operations(&driftwood), driftwood.all_mail().len()), (Vec::<String>::new(), 0));
}

#[tokio::test]
async fn a_mail_that_was_given_up_is_kept_with_its_failure() {
    let driftwood = TestServer::start().await;
    driftwood.server.mailbox.inject_fault(MailTrouble::Rejected, 1);
    driftwood.alice().await;
    let queue = &driftwood.server.apps["mail-send"].stores.outbox.queue;
    let mail = waiting(&driftwood).await.pop().expect("a mail that waits");
    assert!(queue.given_up(None, 10).await.unwrap().is_empty());
    driftwood.advance(driftwood.clock.now().until(mail.gives_up_at).as_secs());
    run(&driftwood).await;
    let given_up = queue.given_up(None, 10).await.unwrap();
    let [dead]: &[OutgoingMail] = &given_up else { panic!("{given_up:?}") };
    assert_eq!((dead.id, dead.failure.as_deref()), (mail.id, Some("the mailbox rejects the mail")));
    assert!(waiting(&driftwood).await.is_empty() && driftwood.all_mail().is_empty());
    let item = driftwood.items_of("Mail", "dead#").await.pop().expect("an item");
    assert_eq!(seconds(&item, "expires_at") - seconds(&item, "gives_up_at"), 14 * 86_400);
    assert!(queue.given_up(Some(mail.id), 10).await.unwrap().is_empty(), "the list goes on before it");
}

/// A mail as an earlier version put it into the table.
fn earlier(of: &Item, due: u64) -> Item {
    let task = of["task"].as_m().unwrap();
    let id = of["id"].clone();
    let mut item: Item =
        ["attempt", "created_at", "tries"].into_iter().map(|name| (name.to_owned(), of[name].clone())).collect();
    item.extend([
        ("pk".to_owned(), s("outbox")),
        ("sk".to_owned(), s(&format!("mail#{}", id.as_s().unwrap()))),
        ("id".to_owned(), id),
        ("to".to_owned(), task["to"].clone()),
        ("letter".to_owned(), task["message"].clone()),
        ("due_at".to_owned(), AttributeValue::N(due.to_string())),
        ("expires_at".to_owned(), of["gives_up_at"].clone()),
    ]);
    item
}

#[tokio::test]
async fn a_mail_of_an_earlier_version_is_sent_once_it_is_due() {
    let driftwood = TestServer::start().await;
    let (alice, failed) = with_a_mail_that_failed(&driftwood).await;
    let key = ["pk", "sk"].map(|name| failed[name].as_s().unwrap().as_str());
    driftwood.delete_item("Mail", key[0], key[1]).await;
    let due = seconds(&failed, "due_at");
    driftwood.put_item("Mail", earlier(&failed, due)).await;
    let early = due - u64::try_from(driftwood.clock.now().as_seconds()).unwrap() - 1;
    driftwood.advance(early);
    run(&driftwood).await;
    assert_eq!((driftwood.all_mail().len(), driftwood.items("Mail").await.len()), (0, 1), "an earlier run may have it");
    driftwood.advance(1);
    futures_util::future::join_all((0..32).map(|_| run(&driftwood))).await;
    assert_eq!((driftwood.mail_to(&alice.email).len(), driftwood.items("Mail").await.len()), (1, 0));
}
