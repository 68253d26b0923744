//! Sends what waits in the outbox: when a mail is put there, by the table's stream, and by the clock, for whatever could not
//! be sent then.
//!
//! Both triggers do the same: everything that is due is taken in hand, sent and removed. So a mail is never lost, however
//! often a try fails, and two runs at once never send the same one.

mod mail;
mod messages;
mod ses;
mod texts;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use shared::app::App;
use shared::domain::mail::message::OutgoingMail;
use shared::domain::types::timestamp::Timestamp;
use shared::fault::Fault;
use shared::keys::KeyUse;

pub use mail::{Mail, SendMail};
pub use ses::Ses;

/// The keys that links are made with, and the issuer that they lead to.
pub const KEYS: &[KeyUse] = &[KeyUse::Published, KeyUse::Mac];

/// How many mails one run looks at: those that were put off stand before the newer ones.
const BACKLOG: usize = 10_000;
/// How many mails one run sends.
const MOST: usize = 500;
/// How long one run has a mail in hand: longer than it may run.
const CLAIM: Duration = Duration::from_secs(120);
/// After so many failures in a row, the mail service is away, and the rest waits.
const PATIENCE: usize = 3;
/// How often a mail that was sent is tried to be removed: one that stays is sent again.
const TRIES: usize = 3;

/// The function: whatever the event, it sends what is due.
pub fn handler() -> impl Fn(Arc<App>, Value) -> BoxFuture<'static, Result<(), Fault>> + Clone + Send + Sync {
    let ses = Arc::new(OnceLock::new());
    move |app, _| {
        let ses = Arc::clone(&ses);
        Box::pin(async move {
            let ses = ses.get_or_init(|| Ses::new(&app.config.aws));
            send_due(&app, ses).await
        })
    }
}

/// Sends every mail that is due. A mail that cannot be sent is put off, a minute at first and longer each time.
///
/// # Errors
///
/// [`Fault`] when the outbox cannot be read, or not written before anything was sent.
pub async fn send_due(app: &App, service: &dyn SendMail) -> Result<(), Fault> {
    let mut failures = 0;
    let started_at = app.clock.now();
    let waiting = app.stores.outbox.waiting(BACKLOG).await?;
    for mail in waiting.into_iter().filter(|mail| mail.due_at <= started_at).take(MOST) {
        let now = app.clock.now();
        let Some(mail) = app.stores.outbox.claim(&mail, now.after(CLAIM), now).await? else { continue };
        match deliver(app, service, &mail, now).await {
            Ok(()) => {
                failures = 0;
                if let Err(fault) = remove(app, &mail).await {
                    tracing::error!(mail = %mail.id, cause = %fault, "a mail is done and could not be taken out");
                    // It stays until it is too old, so that nobody gets it twice.
                    app.stores.outbox.put_off(&mail, mail.expires_at).await?;
                }
            }
            Err(fault) => {
                failures += usize::from(matches!(fault, Fault::Unavailable(_)));
                tracing::error!(mail = %mail.id, tries = mail.tries, cause = %fault, "a mail could not be sent");
                app.stores.outbox.put_off(&mail, now.after(mail.wait_after_failure())).await?;
            }
        }
        if failures == PATIENCE {
            tracing::error!("the mail service does not answer; the rest waits");
            break;
        }
    }
    Ok(())
}

/// Sends one mail that is in our hand, if it is for anybody and not too old.
async fn deliver(app: &App, service: &dyn SendMail, mail: &OutgoingMail, now: Timestamp) -> Result<(), Fault> {
    if mail.expires_at <= now {
        tracing::warn!(mail = %mail.id, tries = mail.tries, "a mail came to be too old to be sent");
        return Ok(());
    }
    let from = app.config.mail_from.as_ref().ok_or_else(|| Fault::unavailable("MAIL_FROM is not set"))?;
    if let Some(written) = messages::write(app, mail).await? {
        service.send(from, &written).await?;
        tracing::info!(mail = %mail.id, tries = mail.tries, "a mail was sent");
    }
    Ok(())
}

/// Takes a mail out. This is tried more often than other writes: a mail that was sent and stays would be sent twice.
async fn remove(app: &App, mail: &OutgoingMail) -> Result<(), Fault> {
    let mut outcome = app.stores.outbox.remove(mail).await;
    for _ in 1..TRIES {
        if outcome.is_ok() {
            break;
        }
        outcome = app.stores.outbox.remove(mail).await;
    }
    outcome
}
