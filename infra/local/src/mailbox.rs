//! A mailbox on this machine: it stores the mail that a deployment would send with Amazon SES.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use mail_send::{Mail, SendMail};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::domain::mail::sender::MailSender;
use shared::domain::types::timestamp::Timestamp;
use shared::fault::Fault;

/// The maximum number of stored mails.
pub const MOST: usize = 500;

/// All mail, in memory.
pub struct Mailbox {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The oldest first.
    mails: VecDeque<ReceivedMail>,
    last_id: u64,
    trouble: Option<(MailTrouble, usize)>,
}

/// A mail that arrived.
#[derive(Clone)]
pub struct ReceivedMail {
    /// Its number: the first mail is 1.
    pub id: u64,
    /// The sender, as in its header.
    pub from: String,
    /// Its content and recipient.
    pub mail: Mail,
    /// When it was sent.
    pub sent_at: Timestamp,
}

impl ReceivedMail {
    /// The mail as JSON.
    pub fn json(&self) -> Value {
        json!({
            "id": self.id,
            "to": self.mail.to.as_str(),
            "from": self.from,
            "subject": self.mail.subject,
            "text": self.mail.text,
            "html": self.mail.html,
            "sent_at": self.sent_at.to_rfc3339(),
        })
    }
}

/// A failure of the mail service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTrouble {
    /// It accepts no mail.
    Refused,
    /// It rejects the mail.
    Rejected,
    /// It accepts the mail, and the response is lost.
    AnswerLost,
}

impl Mailbox {
    /// An empty mailbox.
    pub fn new(clock: Clock) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// All mails, the oldest first.
    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.state().mails.iter().cloned().collect()
    }

    /// The mail with this number.
    pub fn mail(&self, id: u64) -> Option<ReceivedMail> {
        self.state().mails.iter().find(|mail| mail.id == id).cloned()
    }

    /// Makes the next `times` mails fail: how tests inject faults.
    pub fn inject_fault(&self, trouble: MailTrouble, times: usize) {
        self.state().trouble = Some((trouble, times));
    }

    fn receive(&self, from: &MailSender, mail: &Mail) -> Result<(), Fault> {
        let mut state = self.state();
        let trouble = match &mut state.trouble {
            Some((trouble, times)) if *times > 0 => {
                *times -= 1;
                Some(*trouble)
            }
            _ => None,
        };
        match trouble {
            Some(MailTrouble::Refused) => return Err(Fault::unavailable("the mailbox accepts no mail")),
            Some(MailTrouble::Rejected) => return Err(Fault::broken("the mailbox rejects the mail")),
            Some(MailTrouble::AnswerLost) | None => {}
        }
        if state.mails.len() == MOST {
            state.mails.pop_front();
        }
        state.last_id += 1;
        let received =
            ReceivedMail { id: state.last_id, from: from.to_string(), mail: mail.clone(), sent_at: self.clock.now() };
        state.mails.push_back(received);
        match trouble {
            Some(_) => Err(Fault::unavailable("the response of the mailbox is lost")),
            None => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SendMail for Mailbox {
    fn send<'s>(&'s self, from: &'s MailSender, mail: &'s Mail) -> BoxFuture<'s, Result<(), Fault>> {
        Box::pin(async move { self.receive(from, mail) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::domain::types::email::EmailAddress;

    #[test]
    fn the_oldest_mail_makes_room() {
        let mailbox = Mailbox::new(Clock::manual());
        let from = MailSender::parse("us@example.com").unwrap();
        let to = EmailAddress::parse("ada@example.com").unwrap();
        for n in 0..=MOST {
            let (subject, text, html) = (n.to_string(), String::new(), String::new());
            mailbox.receive(&from, &Mail { to: to.clone(), subject, text, html }).unwrap();
        }
        let mails = mailbox.mails();
        assert_eq!((mails.len(), mails[0].id, mails[0].mail.subject.as_str()), (MOST, 2, "1"));
        assert!(mailbox.mail(1).is_none() && mailbox.mail(501).is_some());
    }
}
