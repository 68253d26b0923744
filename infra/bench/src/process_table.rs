//! The table of starts and sizes.

use std::time::Duration;

use crate::binaries::HELLO;
use crate::failure::Failure;
use crate::progress::progress;
use crate::sides::Sides;
use crate::statistics::{Ratio, median};
use crate::store::Store;
use crate::subject::{Role, Times};
use crate::table::{Table, ratio, size, time, verdict};
use crate::{package, startup};

/// The target of a start, as a multiple of the hello-world's.
const START: f64 = 2.0;
/// The target of a zipped package, in bytes.
const ZIPPED: u64 = 4_000_000;

/// A process that was measured.
struct Measured<'a> {
    name: &'a str,
    times: Times,
    zipped: u64,
    zipped_then: Option<u64>,
}

/// Starts the processes, zips their binaries, and shows both.
///
/// # Errors
///
/// When one does not start.
pub async fn measure(sides: &Sides, processes: &[String]) -> Result<String, Failure> {
    let store = Store::start("ES256").await?;
    let mut all = Vec::new();
    for name in processes {
        progress(&format!("starting {name}"));
        let times = startup::measure(sides, &store, name).await?;
        let zipped = package::zipped(&sides.now.path(name))?;
        let zipped_then = sides.then(name).map(|then| package::zipped(&then.path(name))).transpose()?;
        all.push(Measured { name, times, zipped, zipped_then });
    }
    store.stop().await;
    Ok(format!("Processes, from their start to their first poll:\n\n{}", table(&all, sides.are_two())))
}

fn table(all: &[Measured<'_>], are_two: bool) -> Table {
    let mut head = vec!["process", "start", "× `hello`", "quartiles", "target", "", "zipped", "target", ""];
    if are_two {
        head.extend(["start then", "ratio", "quartiles", "zipped then"]);
    }
    let mut table = Table::new(&head);
    for Measured { name, times, zipped, zipped_then } in all {
        let of = |role| times.get(&role).map(Vec::as_slice).unwrap_or_default();
        let beside = |role| Ratio::of(of(Role::Now), of(role), Duration::ZERO);
        let mut row = vec![format!("`{name}`"), time(median(of(Role::Now)))];
        let is_function = *name != HELLO;
        row.extend(ratio(beside(Role::Hello), is_function.then_some(START)));
        let target = |text: String| if is_function { text } else { String::new() };
        row.extend([size(*zipped), target(format!("≤ {}", size(ZIPPED))), target(verdict(*zipped <= ZIPPED))]);
        if let Some(zipped_then) = zipped_then {
            let [ratio, quartiles, ..] = ratio(beside(Role::Then), None);
            row.extend([time(median(of(Role::Then))), ratio, quartiles, size(*zipped_then)]);
        }
        table.row(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(name: &str, then: Option<u32>) -> Measured<'_> {
        let roles = [(Role::Hello, Some(1)), (Role::Now, Some(3)), (Role::Then, then)];
        let times = roles
            .into_iter()
            .filter_map(|(role, milliseconds)| Some((role, vec![Duration::from_millis(1) * milliseconds?; 3])));
        Measured { name, times: times.collect(), zipped: 3_900_000, zipped_then: then.map(|_| 4_660_000) }
    }

    fn last(all: &[Measured<'_>], are_two: bool) -> String {
        table(all, are_two).to_string().lines().last().unwrap().to_owned()
    }

    #[test]
    fn starts_and_sizes_have_targets() {
        let expected =
            "| `account` | 3.000 ms | 3.00 | 3.00 to 3.00 | ≤ 2.00 | **missed** | 3.90 MB | ≤ 4.00 MB | met |";
        assert_eq!(last(&[measured("account", None)], false), expected);
    }

    #[test]
    fn another_revision_is_shown_beside_them() {
        let row = last(&[measured("account", Some(6))], true);
        assert!(row.ends_with("| met | 6.000 ms | 0.50 | 0.50 to 0.50 | 4.66 MB |"), "{row}");
        assert!(last(&[measured("account", None)], true).ends_with("| met |  |  |  |  |"));
    }

    #[test]
    fn the_hello_world_has_no_target() {
        assert_eq!(last(&[measured(HELLO, None)], false).matches('≤').count(), 0);
    }
}
