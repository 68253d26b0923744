//! Sends the mails that wait in the outbox. The table's stream triggers it for a new mail, and a schedule for the mails that
//! could not be sent at first.
//!
//! Both triggers do the same: every mail that is due is claimed, sent and deleted. So a mail is never lost, however often a try
//! fails, and two concurrent runs never send the same one.

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

/// The keys with which links are created, and the issuer in their addresses.
pub const KEYS: &[KeyUse] = &[KeyUse::Published, KeyUse::Mac];

/// How many mails one run reads: postponed mails come before newer ones.
const BACKLOG: usize = 10_000;
/// How many mails one run sends.
const MOST: usize = 500;
/// How long a run's claim of a mail is valid: longer than a run may take.
const CLAIM: Duration = Duration::from_secs(120);
/// After this many failures in a row, the mail service is considered unavailable and the remaining mails wait.
const PATIENCE: usize = 3;
/// How often the deletion of a sent mail is tried: a mail that stays is sent again.
const TRIES: usize = 3;

/// The function: it sends what is due, whatever the event.
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

/// Sends every mail that is due. A mail that cannot be sent is postponed, by a minute at first and longer each time.
///
/// # Errors
///
/// [`Fault`] when the outbox cannot be read, or cannot be written before anything was sent.
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
                    tracing::error!(mail = %mail.id, cause = %fault, "a mail is done but could not be deleted from the outbox");
                    // It stays until it expires, so that no user gets it twice.
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
            tracing::error!("the mail service does not respond; the remaining mails wait");
            break;
        }
    }
    Ok(())
}

/// Sends one claimed mail, unless it has no content or has expired.
async fn deliver(app: &App, service: &dyn SendMail, mail: &OutgoingMail, now: Timestamp) -> Result<(), Fault> {
    if mail.expires_at <= now {
        tracing::warn!(mail = %mail.id, tries = mail.tries, "a mail expired before it was sent");
        return Ok(());
    }
    let from = app.config.mail_from.as_ref().ok_or_else(|| Fault::unavailable("MAIL_FROM is not set"))?;
    if let Some(written) = messages::write(app, mail).await? {
        service.send(from, &written).await?;
        tracing::info!(mail = %mail.id, tries = mail.tries, "a mail was sent");
    }
    Ok(())
}

/// Deletes a mail from the outbox. This is tried more often than other writes: a sent mail that stays would be sent twice.
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
