//! Sends the mails of the outbox. The table's stream triggers it for a new mail, and a schedule for the mails that could not be
//! sent at first.

mod mail;
mod messages;
mod ses;
mod texts;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use shared::app::App;
use shared::domain::delivery::Backoff;
use shared::domain::mail::message::{Letter, OutgoingMail};
use shared::fault::Fault;
use shared::keys::KeyUse;
use shared::lambda::Event;
use shared::service::delivery::{Deliver, Run, Terms};

pub use mail::{Mail, SendMail};
pub use ses::Ses;

/// The keys with which links are created, and the issuer in their addresses.
pub const KEYS: &[KeyUse] = &[KeyUse::Published, KeyUse::Mac];

/// One mail at a time is what a new account of SES may send: 14 in a second.
const TERMS: Terms = Terms {
    what: "mail",
    at_once: 1,
    attempt: Duration::from_secs(15),
    claim: Duration::from_secs(120),
    backoff: Backoff { first: Duration::from_secs(60), longest: Duration::from_secs(3_600) },
    busy: Duration::from_secs(5),
    patience: 3,
};
/// How many mails of earlier versions one run moves into the queue.
const EARLIER: usize = 1_000;

/// The function.
pub fn handler() -> impl Fn(Arc<App>, Event) -> BoxFuture<'static, Result<(), Fault>> + Clone + Send + Sync {
    let ses = Arc::new(OnceLock::new());
    move |app, event| {
        let ses = Arc::clone(&ses);
        Box::pin(async move {
            let ses = ses.get_or_init(|| Ses::new(&app.config.aws));
            handle(&app, ses, event).await
        })
    }
}

/// Sends the new mails of which a stream tells; for any other event, every mail that is due.
///
/// # Errors
///
/// [`Fault`] when the outbox cannot be read or written.
pub async fn handle(app: &App, service: &dyn SendMail, event: Event) -> Result<(), Fault> {
    let (outbox, sender) = (&app.stores.outbox, Sender { app, service });
    let run = Run::new(&outbox.queue, &sender, TERMS, &app.clock, event.until.into());
    if let Some(added) = outbox.queue.added(&event.detail) {
        return run.attempt(added).await;
    }
    outbox.adopt_earlier(EARLIER, app.clock.now()).await?;
    run.sweep().await
}

/// Composes mails and gives them to the service.
struct Sender<'a> {
    app: &'a App,
    service: &'a dyn SendMail,
}

impl Deliver<Letter> for Sender<'_> {
    fn deliver<'s>(&'s self, mail: &'s OutgoingMail) -> BoxFuture<'s, Result<(), Fault>> {
        Box::pin(async move {
            let from = self.app.config.mail_from.as_ref().ok_or_else(|| Fault::unavailable("MAIL_FROM is not set"))?;
            // There is none for an unknown address.
            if let Some(written) = messages::write(self.app, mail).await? {
                self.service.send(from, &written).await?;
            }
            Ok(())
        })
    }
}
