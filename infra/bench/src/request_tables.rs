//! The tables of what requests cost.

use std::fmt::Write;
use std::time::Duration;

use crate::args::Args;
use crate::binaries::HELLO;
use crate::cpu::{self, Cost};
use crate::failure::Failure;
use crate::flow::{Flow, Part};
use crate::progress::progress;
use crate::sides::Sides;
use crate::statistics::{Ratio, median};
use crate::store::Store;
use crate::subject::Role;
use crate::table::{Table, fraction, ratio, size, time};
use crate::{cost, signature};

/// A kind of request that was measured.
struct Measured {
    flow: &'static Flow,
    algorithm: String,
    cost: Cost,
}

/// Measures the flows, and shows what they cost.
///
/// # Errors
///
/// When a request fails.
pub async fn measure(sides: &Sides, flows: &[&'static Flow], args: &Args) -> Result<String, Failure> {
    let (rsa, ecdsa) =
        tokio::task::spawn_blocking(|| Ok::<_, Failure>((signature::rsa()?, signature::ecdsa()?))).await??;
    let mut all = Vec::new();
    for algorithm in &args.algorithm {
        let store = Store::start(algorithm).await?;
        for flow in flows {
            progress(&format!("{}, {algorithm}", flow.name));
            let cost = cpu::measure(sides, &store, flow, args).await;
            let cost = cost.map_err(|failure| format!("{}: {failure}", flow.name))?;
            all.push(Measured { flow, algorithm: algorithm.clone(), cost });
        }
        store.stop().await;
    }
    let mut text = String::new();
    let requests = requests_table(&all, sides.are_two(), rsa);
    write!(text, "CPU time of one request:\n\n{requests}\n")?;
    if all.iter().any(|measured| measured.flow.part == Part::IdToken) && sides.are_two() {
        text.push_str("Where an ID token is signed, the ratio sets its RSA signature aside. ");
    }
    writeln!(text, "A bare RSA signature of 2,048 bits takes {}, an ECDSA signature {}.", time(rsa), time(ecdsa))?;
    write!(
        text,
        "\nWhat a million requests cost ({}), without the wait for DynamoDB and the fee of Lambda:\n\n{}",
        cost::PRICES,
        cost_table(&all)
    )?;
    let hashes = hash_table(&all);
    if !hashes.is_empty() {
        write!(text, "\nRequests that hash a password, in turn with bare argon2, hash by hash:\n\n{hashes}")?;
    }
    if let Some((_, version)) = all.iter().find_map(|measured| measured.cost.peer.as_ref()) {
        write!(text, "\nBeside {version}, in turn:\n\n{}", peer_table(&all))?;
    }
    Ok(text)
}

impl Measured {
    fn title(&self) -> String {
        format!("`{}`, {}", self.flow.name, self.algorithm)
    }

    fn times(&self, role: Role) -> Option<&[Duration]> {
        self.cost.times.get(&role).map(Vec::as_slice)
    }

    /// Our times and those of another.
    fn beside(&self, role: Role) -> Option<(&[Duration], &[Duration])> {
        self.times(Role::Now).zip(self.times(role))
    }

    fn median(&self, role: Role) -> String {
        self.times(role).map(|times| time(median(times))).unwrap_or_default()
    }
}

fn requests_table(all: &[Measured], are_two: bool, rsa: Duration) -> Table {
    let mut table = if are_two {
        Table::new(&[
            "request",
            "DynamoDB calls",
            "resident",
            "CPU now",
            "CPU then",
            "ratio",
            "quartiles",
            "target",
            "",
        ])
    } else {
        Table::new(&["request", "DynamoDB calls", "resident", "CPU"])
    };
    for measured in all {
        let Cost { spent, resident, .. } = measured.cost;
        let mut row = vec![measured.title(), spent.calls.to_string(), size(resident), measured.median(Role::Now)];
        if let Some((now, then)) = measured.beside(Role::Then) {
            let aside = if measured.flow.part == Part::IdToken { rsa } else { Duration::ZERO };
            // Where a password is hashed, the target is beside the bare hash.
            let target = measured.flow.target.filter(|_| measured.flow.part != Part::Hash);
            row.push(measured.median(Role::Then));
            row.extend(ratio(Ratio::of(now, then, aside), target));
        }
        table.row(row);
    }
    table
}

fn cost_table(all: &[Measured]) -> Table {
    let mut table = Table::new(&["request", "read units", "write units", "DynamoDB", "CPU on Lambda"]);
    for measured in all.iter().filter(|measured| measured.flow.name != HELLO) {
        let spent = &measured.cost.spent;
        table.row([
            measured.title(),
            spent.read_units.to_string(),
            spent.write_units.to_string(),
            format!("${:.2}", cost::dynamodb(spent)),
            format!("${:.2}", cost::lambda(median(measured.times(Role::Now).unwrap_or_default()))),
        ]);
    }
    table
}

fn hash_table(all: &[Measured]) -> Table {
    let mut table = Table::new(&["request", "CPU", "bare argon2", "ratio", "quartiles", "target", ""]);
    for measured in all {
        if let Some((now, hash)) = measured.beside(Role::Hash) {
            let row = [measured.title(), measured.median(Role::Now), measured.median(Role::Hash)];
            table.row(row.into_iter().chain(ratio(Ratio::of(now, hash, Duration::ZERO), measured.flow.target)));
        }
    }
    table
}

fn peer_table(all: &[Measured]) -> Table {
    let mut table = Table::new(&["request", "CPU", "its calls", "its CPU", "ratio", "quartiles", "target", ""]);
    for measured in all {
        if let (Some((now, peer)), Some((_, target))) = (measured.beside(Role::Peer), measured.flow.peer) {
            let calls = measured.cost.peer.as_ref().map(|(spent, _)| spent.calls.to_string()).unwrap_or_default();
            let row = [measured.title(), measured.median(Role::Now), calls, measured.median(Role::Peer)];
            table.row(row.into_iter().chain(fraction(Ratio::of(now, peer, Duration::ZERO), target)));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::Spent;
    use crate::flow::FLOWS;
    use crate::subject::Times;

    const MILLISECOND: Duration = Duration::from_millis(1);

    fn spent(calls: usize) -> Spent {
        Spent { calls, read_units: 2.5, write_units: 1.0 }
    }

    fn measured(name: &str, times: &[(Role, u32)]) -> Measured {
        let times: Times = times.iter().map(|(role, times)| (*role, vec![MILLISECOND * *times; 3])).collect();
        let cost = Cost { times, resident: 11_300_000, spent: spent(2), peer: Some((spent(7), "x".to_owned())) };
        Measured { flow: FLOWS.iter().find(|flow| flow.name == name).unwrap(), algorithm: "ES256".to_owned(), cost }
    }

    fn last(table: &Table) -> String {
        table.to_string().lines().last().unwrap().to_owned()
    }

    #[test]
    fn one_revision_has_no_ratios() {
        let table = requests_table(&[measured("refresh", &[(Role::Now, 2)])], false, MILLISECOND);
        assert_eq!(last(&table), "| `refresh`, ES256 | 2 | 11.30 MB | 2.000 ms |");
    }

    #[test]
    fn a_million_requests_have_a_price() {
        let all = [measured("refresh", &[(Role::Now, 2)]), measured(HELLO, &[(Role::Now, 1)])];
        assert_eq!(last(&cost_table(&all)), "| `refresh`, ES256 | 2.5 | 1 | $0.94 | $0.06 |");
    }

    #[test]
    fn two_revisions_are_compared() {
        let table = requests_table(&[measured("refresh", &[(Role::Now, 2), (Role::Then, 4)])], true, MILLISECOND);
        let expected = "| `refresh`, ES256 | 2 | 11.30 MB | 2.000 ms | 4.000 ms | 0.50 | 0.50 to 0.50 | ≤ 0.50 | met |";
        assert_eq!(last(&table), expected);
    }

    #[test]
    fn a_function_that_the_other_revision_lacks_has_no_ratio() {
        let table = requests_table(&[measured("refresh", &[(Role::Now, 2)])], true, MILLISECOND);
        assert_eq!(last(&table), "| `refresh`, ES256 | 2 | 11.30 MB | 2.000 ms |  |  |  |  |  |");
    }

    #[test]
    fn the_signature_of_an_id_token_is_set_aside() {
        let table = requests_table(&[measured("app-refresh", &[(Role::Now, 4), (Role::Then, 6)])], true, MILLISECOND);
        assert!(last(&table).ends_with("| 4.000 ms | 6.000 ms | 0.60 | 0.60 to 0.60 | ≤ 0.60 | met |"), "{table}");
    }

    #[test]
    fn a_login_is_compared_with_its_hash() {
        let login = measured("login", &[(Role::Now, 55), (Role::Then, 60), (Role::Hash, 50)]);
        let expected = "| `login`, ES256 | 55.000 ms | 50.000 ms | 1.10 | 1.10 to 1.10 | ≤ 1.08 | **missed** |";
        assert_eq!(last(&hash_table(std::slice::from_ref(&login))), expected);
        let table = requests_table(&[login], true, MILLISECOND);
        assert!(last(&table).ends_with("| 0.92 | 0.92 to 0.92 |  |  |"), "{table}");
        assert!(hash_table(&[measured("refresh", &[(Role::Now, 1)])]).is_empty());
    }

    #[test]
    fn the_peer_is_compared_by_fractions() {
        let table = peer_table(&[measured("refresh", &[(Role::Now, 2), (Role::Peer, 60)])]);
        assert!(
            last(&table).ends_with("| 2.000 ms | 7 | 60.000 ms | 1/30.0 | 1/30.0 to 1/30.0 | ≤ 1/25 | met |"),
            "{table}"
        );
        assert!(peer_table(&[measured("refresh", &[(Role::Now, 2)])]).is_empty());
    }
}
