//! What takes turns in a measurement.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::argon::BareHash;
use crate::failure::Failure;
use crate::peer::Peer;
use crate::process::Process;
use crate::serving::Serving;

/// The part that a subject plays in a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// This revision.
    Now,
    /// The revision beside which it is measured.
    Then,
    /// The hello-world.
    Hello,
    /// A password hash alone.
    Hash,
    /// node-oidc-provider.
    Peer,
}

/// Something whose time is measured.
pub enum Subject<'a> {
    /// The CPU time of a function's process for a request.
    Function(Serving<'a>),
    /// The CPU time of a password hash alone.
    Hash(BareHash),
    /// The CPU time of the peer's process for a request.
    Peer(Peer),
    /// The time from the start of a process to its first poll.
    Start(PathBuf, BTreeMap<String, String>),
}

impl Subject<'_> {
    async fn time(&mut self, requests: u32) -> Result<Duration, Failure> {
        match self {
            Self::Function(serving) => serving.cpu(requests).await,
            Self::Hash(hash) => tokio::task::block_in_place(|| hash.cpu(requests)),
            Self::Peer(peer) => peer.cpu(requests).await,
            Self::Start(binary, environment) => {
                let (process, took) = Process::start(binary, environment).await?;
                process.stop().await?;
                Ok(took)
            }
        }
    }
}

/// The times of each subject, in the order of the rounds.
pub type Times = BTreeMap<Role, Vec<Duration>>;

/// Lets the subjects take turns for a number of requests each; every other round is in the reverse order, so that none always
/// follows the same.
///
/// # Errors
///
/// When one fails.
pub async fn alternate(subjects: &mut [(Role, Subject<'_>)], rounds: u32, requests: u32) -> Result<Times, Failure> {
    let mut times = Times::new();
    for _ in 0..rounds {
        for (role, subject) in subjects.iter_mut() {
            times.entry(*role).or_default().push(subject.time(requests).await?);
        }
        subjects.reverse();
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn every_subject_has_a_time_for_every_round() {
        let hash = || Subject::Hash(BareHash::new().unwrap());
        let mut subjects = [(Role::Now, hash()), (Role::Then, hash())];
        let times = alternate(&mut subjects, 3, 1).await.unwrap();
        assert_eq!(times.keys().collect::<Vec<_>>(), [&Role::Now, &Role::Then]);
        for times in times.values() {
            assert!(times.len() == 3 && times.iter().all(|time| *time > Duration::ZERO), "{times:?}");
        }
    }
}
