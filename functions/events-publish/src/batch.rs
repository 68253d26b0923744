//! Many entries: in requests of a size that EventBridge takes, and again where it did not take some.

use std::time::Duration;

use shared::domain::crypto::random;

use crate::entry::Entry;
use crate::event_bridge::PutEvents;

/// The most entries of a request.
const MOST: usize = 10;
/// The largest request, in bytes as EventBridge counts them: its limit is 256 KiB.
const LARGEST: usize = 250 * 1024;
/// How often a request is made with the entries that were not taken.
const ROUNDS: u32 = 4;
/// How long the first repetition waits at most; each further one may wait twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Puts all entries in their order, and returns how many were taken before the first that was not.
pub(crate) async fn put_all(bus: &dyn PutEvents, entries: &[Entry]) -> usize {
    let mut taken = 0;
    for batch in batches(entries) {
        let of_batch = put(bus, batch).await;
        taken += of_batch;
        if of_batch < batch.len() {
            break;
        }
    }
    taken
}

/// Puts one batch, and again what of it was not taken; returns how many were taken before the first that was not.
async fn put(bus: &dyn PutEvents, batch: &[Entry]) -> usize {
    let mut left: Vec<usize> = (0..batch.len()).collect();
    for round in 0..ROUNDS {
        if round > 0 {
            let longest = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(round - 1));
            let millis = random::below(u64::try_from(longest.as_millis()).unwrap_or(u64::MAX));
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        let entries: Vec<Entry> = left.iter().filter_map(|at| batch.get(*at).cloned()).collect();
        match bus.put(&entries).await {
            Ok(refused) => left = refused.into_iter().filter_map(|at| left.get(at).copied()).collect(),
            Err(fault) => tracing::error!(cause = %fault, "the event bus does not respond"),
        }
        if left.is_empty() {
            break;
        }
    }
    left.first().copied().unwrap_or(batch.len())
}

/// Divides entries into requests. One entry is always small enough: an event has at most 32 KiB of data.
fn batches(entries: &[Entry]) -> Vec<&[Entry]> {
    let (mut batches, mut rest) = (Vec::new(), entries);
    while !rest.is_empty() {
        let mut size = 0;
        let fitting = rest.iter().take(MOST).take_while(|entry| {
            size += entry.size();
            size <= LARGEST
        });
        let (batch, others) = rest.split_at(fitting.count().max(1));
        batches.push(batch);
        rest = others;
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kibibytes: usize) -> Entry {
        let detail = "x".repeat(kibibytes * 1024);
        let (event_bus_name, detail_type) = ("bus".to_owned(), "order.placed".to_owned());
        Entry { event_bus_name, source: crate::entry::SOURCE, detail_type, detail, time: 0 }
    }

    #[test]
    fn a_request_has_ten_entries_and_a_quarter_of_a_mebibyte_at_most() {
        let sizes = |entries: &[Entry]| batches(entries).iter().map(|batch| batch.len()).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&vec![entry(1); 23]), [10, 10, 3]);
        assert_eq!(sizes(&vec![entry(33); 10]), [7, 3]);
        assert_eq!(sizes(&[entry(240), entry(9), entry(1)]), [2, 1]);
        assert_eq!(sizes(&[entry(300), entry(1)]), [1, 1], "what is too large alone is sent alone");
    }
}
