//! The cost of a request for the process that handles it: CPU time, resident memory and requests to DynamoDB.

use crate::argon::BareHash;
use crate::args::Args;
use crate::calls::Spent;
use crate::failure::Failure;
use crate::flow::{Flow, Part};
use crate::peer::Peer;
use crate::serving::Serving;
use crate::sides::Sides;
use crate::store::Store;
use crate::subject::{Role, Subject, Times, alternate};

/// The number of requests before the measurement.
const WARM_UP: u32 = 1_000;
/// The same where each hashes a password: nothing is compiled or cached while it runs.
const WARM_UP_OF_HASHES: u32 = 50;
/// Where a password is hashed, processes take turns hash by hash.
const HASHES: u32 = 100;

/// The cost of a request.
pub struct Cost {
    /// The CPU times of one request.
    pub times: Times,
    /// Bytes in memory after the warm-up.
    pub resident: u64,
    /// What it requests of DynamoDB.
    pub spent: Spent,
    /// The same of the peer, if it was measured, and its version.
    pub peer: Option<(Spent, String)>,
}

/// Measures a kind of request, in turn with the other revision, and with the peer or a bare hash if it has them.
///
/// # Errors
///
/// When a request fails.
pub async fn measure(sides: &Sides, store: &Store, flow: &Flow, args: &Args) -> Result<Cost, Failure> {
    let is_hash = flow.part == Part::Hash;
    let warm_up = if is_hash { WARM_UP_OF_HASHES } else { WARM_UP };
    let spent = Serving::spent(&sides.now, store, flow).await?;
    let mut now = Serving::start(&sides.now, store, flow).await?;
    now.ask(warm_up).await?;
    let resident = now.resident()?;
    let mut subjects = vec![(Role::Now, Subject::Function(now))];
    if let Some(binaries) = sides.then(flow.function) {
        let mut then = Serving::start(binaries, store, flow).await?;
        then.ask(warm_up).await?;
        subjects.push((Role::Then, Subject::Function(then)));
    }
    let mut of_peer = None;
    if let Some((request, _)) = flow.peer.filter(|_| args.peer) {
        let spent = Peer::spent(&store.dynamodb_url(), request).await?;
        let mut peer = Peer::start(&store.dynamodb_url(), request).await?;
        peer.ask(warm_up).await?;
        of_peer = Some((spent, peer.version.clone()));
        subjects.push((Role::Peer, Subject::Peer(peer)));
    }
    if is_hash {
        subjects.push((Role::Hash, Subject::Hash(BareHash::new()?)));
    }
    let (rounds, requests) = if is_hash { (HASHES, 1) } else { (args.rounds, args.requests) };
    Ok(Cost { times: alternate(&mut subjects, rounds, requests).await?, resident, spent, peer: of_peer })
}
