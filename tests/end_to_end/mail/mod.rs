//! Mail: what is sent, when, and how often.

mod faults;
mod mailbox;
mod messages;
mod queue;
mod registration;
mod sending;
mod ses;
mod stopped;
mod tables;

use aws_sdk_dynamodb::types::AttributeValue;
use shared::domain::audit::{AuditAction, AuditEvent};
use shared::domain::email_link::LinkPurpose;
use shared::domain::mail::link::LinkMail;
use shared::domain::mail::message::OutgoingMail;
use shared::domain::types::origin::Origin;
use shared::domain::user::{User, UserId};

use crate::harness::{Alice, TestServer};

/// Sends the mails that are due, as the schedule does every minute.
async fn run(driftwood: &TestServer) {
    driftwood.server.run("mail-send").await.expect("a run");
}

/// The mails in the outbox.
async fn waiting(driftwood: &TestServer) -> Vec<OutgoingMail> {
    driftwood.server.apps["mail-send"].stores.outbox.queue.waiting(None, 1_000).await.expect("the outbox")
}

/// Puts a link for a user into the outbox, as a flow does, and leaves it there.
async fn post(driftwood: &TestServer, alice: &Alice, purpose: LinkPurpose, notice: Option<OutgoingMail>) {
    let app = &driftwood.server.apps["auth-register"];
    let user = user(driftwood, alice).await;
    let email = user.email.as_ref().expect("an address");
    let posted = LinkMail::to_user(purpose, &user, email, &app.keys.mac().await.unwrap(), driftwood.clock.now());
    let event = event(driftwood);
    app.stores.post_link(&posted.expect("a link"), notice.as_ref(), &event).await.expect("an item in the outbox");
}

fn event(driftwood: &TestServer) -> AuditEvent {
    AuditEvent::new(AuditAction::EmailVerificationSent, Origin::default(), driftwood.clock.now())
}

async fn user(driftwood: &TestServer, alice: &Alice) -> User {
    let id = UserId::parse(&alice.user_id).expect("an id");
    let users = &driftwood.server.apps["auth-register"].stores.users;
    users.find(id).await.expect("the table").expect("the user")
}

async fn set_locale(driftwood: &TestServer, alice: &Alice, locale: &str) {
    driftwood.set_user_attribute(alice, "locale", AttributeValue::S(locale.to_owned())).await;
}
