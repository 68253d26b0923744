//! Which messages are sent to a webhook again.

use std::collections::HashSet;

use super::attempt::Attempt;
use super::delivery::{Message, MessageId};
use crate::domain::types::timestamp::Timestamp;

/// Which of the messages that were attempted since some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// Those of which no attempt since then was taken.
    #[default]
    Failed,
    /// All.
    All,
}

impl Which {
    /// The names in requests.
    pub const NAMES: [&str; 2] = ["failed", "all"];

    /// Parses a name.
    ///
    /// # Errors
    ///
    /// The sentence to show when it is another.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "failed" => Ok(Self::Failed),
            "all" => Ok(Self::All),
            _ => Err(format!("must be one of: {}", Self::NAMES.join(", "))),
        }
    }
}

/// A message that is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resent {
    /// Its id, which stays the same.
    pub id: MessageId,
    /// What it is.
    pub message: Message,
}

impl Resent {
    /// The message of an attempt, if the version that recorded it stored it.
    pub fn of(attempt: &Attempt) -> Option<Self> {
        Some(Self { id: attempt.message_id, message: attempt.message.clone()? })
    }
}

/// The messages that one request sends again.
#[derive(Debug, PartialEq, Eq)]
pub struct Resending {
    /// The messages, in the order of their first attempts.
    pub messages: Vec<Resent>,
    /// The time with which the next request continues, if this one left messages to it.
    pub next_since: Option<Timestamp>,
}

impl Resending {
    /// The most messages of a request; those of the last one's second are beyond it.
    pub const MOST: usize = 500;

    /// One message.
    pub fn one(message: Resent) -> Self {
        Self { messages: vec![message], next_since: None }
    }

    /// The messages among these attempts, which are the oldest first; `is_complete` says whether there are no later ones.
    ///
    /// A message counts at its first attempt by itself: what a request sends again is not found by the next one, so a caller that
    /// continues comes to an end. The end of a second is never left to the next request, which begins with a whole one.
    pub fn of(attempts: &[Attempt], is_complete: bool, which: Which) -> Self {
        let is_left_out = |attempt: &&Attempt| which == Which::Failed && attempt.outcome.is_taken();
        let mut seen: HashSet<MessageId> =
            attempts.iter().filter(is_left_out).map(|attempt| attempt.message_id).collect();
        // More attempts of the last second may follow.
        let end = attempts.last().filter(|_| !is_complete).map(|last| last.at);
        let mut resending = Self { messages: Vec::new(), next_since: end };
        let mut last = None;
        for attempt in attempts.iter().filter(|attempt| !attempt.is_resent && Some(attempt.at) != end) {
            let Some(message) = Resent::of(attempt) else { continue };
            if !seen.insert(message.id) {
                continue;
            }
            if resending.messages.len() >= Self::MOST && last != Some(attempt.at) {
                resending.next_since = Some(attempt.at);
                break;
            }
            last = Some(attempt.at);
            resending.messages.push(message);
        }
        resending
    }
}

#[cfg(test)]
mod tests {
    use super::super::attempt::{AttemptId, Outcome};
    use super::*;
    use crate::domain::event::Sequence;
    use crate::domain::user::UserId;
    use crate::domain::user::account::AccountId;

    fn at(second: usize) -> Timestamp {
        Timestamp::from_seconds(1_795_902_903 + i64::try_from(second).unwrap())
    }

    fn id(message: usize) -> MessageId {
        MessageId::from_bytes(u128::try_from(message).unwrap().to_be_bytes())
    }

    fn attempt(message: usize, second: usize, status: u16) -> Attempt {
        let (account_id, user_id) = (AccountId::generate(at(0)), UserId::generate(at(0)));
        Attempt {
            id: AttemptId::generate(at(second)),
            message_id: id(message),
            kind: "order.placed".to_owned(),
            at: at(second),
            milliseconds: 1,
            outcome: Outcome::Answered { status, body: String::new() },
            message: Some(Message::Event { account_id, user_id, sequence: Sequence::START.next() }),
            is_resent: false,
        }
    }

    fn ids(resending: &Resending) -> Vec<MessageId> {
        resending.messages.iter().map(|message| message.id).collect()
    }

    #[test]
    fn a_message_has_failed_if_none_of_its_attempts_was_taken() {
        let attempts =
            [attempt(1, 0, 500), attempt(2, 1, 204), attempt(3, 2, 500), attempt(1, 3, 200), attempt(3, 4, 500)];
        assert_eq!(ids(&Resending::of(&attempts, true, Which::Failed)), [id(3)]);
        assert_eq!(ids(&Resending::of(&attempts, true, Which::All)), [id(1), id(2), id(3)], "each once");
        // Since a time after it was taken, it was not.
        assert_eq!(ids(&Resending::of(&attempts[4..], true, Which::Failed)), [id(3)]);
    }

    #[test]
    fn what_was_sent_again_is_not_sent_again_by_the_next_request() {
        let resent = |message, second, status| Attempt { is_resent: true, ..attempt(message, second, status) };
        let attempts =
            [attempt(1, 0, 500), attempt(2, 0, 500), resent(1, 1, 204), resent(2, 1, 500), resent(3, 1, 500)];
        assert_eq!(ids(&Resending::of(&attempts, true, Which::Failed)), [id(2)], "one was taken then");
        assert_eq!(ids(&Resending::of(&attempts, true, Which::All)), [id(1), id(2)]);
        assert!(Resending::of(&attempts[2..], true, Which::All).messages.is_empty());
    }

    #[test]
    fn an_attempt_of_an_earlier_version_is_passed_over_and_still_says_what_was_taken() {
        let earlier = |message, second, status| Attempt { message: None, ..attempt(message, second, status) };
        let attempts = [earlier(1, 0, 500), attempt(2, 1, 500), earlier(2, 2, 204), attempt(1, 3, 500)];
        assert_eq!(ids(&Resending::of(&attempts, true, Which::Failed)), [id(1)]);
        assert_eq!(ids(&Resending::of(&attempts[..1], true, Which::All)), []);
    }

    #[test]
    fn a_request_ends_after_five_hundred_messages_with_a_whole_second() {
        // Two in each second.
        let attempts: Vec<_> = (0..1_101).map(|message| attempt(message, message / 2, 500)).collect();
        let first = Resending::of(&attempts, true, Which::Failed);
        assert_eq!((first.messages.len(), first.next_since), (500, Some(at(250))));
        let second = Resending::of(&attempts[1..], true, Which::Failed);
        assert_eq!((second.messages.len(), second.next_since), (501, Some(at(251))), "the second of the last is whole");
        let crowded: Vec<_> = (0..700).map(|message| attempt(message, 0, 500)).chain([attempt(700, 1, 500)]).collect();
        let crowded = Resending::of(&crowded, true, Which::Failed);
        assert_eq!((crowded.messages.len(), crowded.next_since), (700, Some(at(1))), "so it always goes on");
    }

    #[test]
    fn requests_one_after_the_other_send_each_message_once() {
        let attempts: Vec<_> = (0..2_203).map(|message| attempt(message, message / 3, 500)).collect();
        let (mut since, mut sent) = (at(0), Vec::new());
        loop {
            // Each reads a thousand.
            let read: Vec<_> = attempts.iter().filter(|attempt| since <= attempt.at).take(1_000).cloned().collect();
            let resending = Resending::of(&read, read.len() < 1_000, Which::Failed);
            sent.extend(ids(&resending));
            let Some(next) = resending.next_since else { break };
            assert!(since < next);
            since = next;
        }
        assert_eq!(sent, (0..2_203).map(id).collect::<Vec<_>>());
    }

    #[test]
    fn the_last_second_of_what_was_read_is_left_to_the_next_request() {
        let attempts = [attempt(1, 0, 500), attempt(2, 1, 500), attempt(3, 1, 204)];
        let resending = Resending::of(&attempts, false, Which::All);
        assert_eq!((ids(&resending), resending.next_since), (vec![id(1)], Some(at(1))));
        let nothing = Resending::of(&[], true, Which::All);
        assert_eq!((nothing.messages.len(), nothing.next_since), (0, None));
    }
}
