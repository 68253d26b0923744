//! The table of the local server under load.

use std::path::Path;
use std::time::Duration;

use crate::binaries::LOCAL_SERVER;
use crate::failure::Failure;
use crate::flow::{FLOWS, Flow};
use crate::gateway::Gateway;
use crate::load::{self, CONNECTIONS, Load, LocalServer, ROUND};
use crate::progress::progress;
use crate::requests::Requests;
use crate::sides::Sides;
use crate::statistics::median;
use crate::table::{Table, size, time, verdict};

/// What is requested.
const NAMES: [&str; 4] = ["client_credentials", "call-by-user", "refresh", OF_ONE_ACCOUNT];
/// What all connections request for one account, which has one counter.
const OF_ONE_ACCOUNT: &str = "events-create";
/// The number of rounds in which the servers take turns.
const ROUNDS: usize = 3;
/// The target of the requests per second, as a multiple of those before.
const TARGET: f64 = 3.0;
/// The flow that has the target.
const TARGET_OF: &str = "client_credentials";
/// The target of the executable, in bytes.
const EXECUTABLE: u64 = 30_000_000;

/// Measures the local server with each of these algorithms, in turn with that of the other revision, and shows both.
///
/// # Errors
///
/// When a request fails.
pub async fn measure(sides: &Sides, algorithms: &[String]) -> Result<String, Failure> {
    let mut rows = Vec::new();
    for algorithm in algorithms {
        rows.extend(with_algorithm(sides, algorithm).await?);
    }
    let seconds = ROUND.as_secs();
    let table = table(&rows, sides.are_two());
    let size = bytes(&sides.now.path(LOCAL_SERVER))?;
    Ok(format!(
        "The local server under {CONNECTIONS} connections, the median of {ROUNDS} rounds of {seconds} s:\n\n{table}\n{size}\n"
    ))
}

/// What is measured of one kind of request.
struct Measured {
    flow: &'static str,
    algorithm: String,
    now: Vec<Load>,
    then: Vec<Load>,
}

async fn with_algorithm(sides: &Sides, algorithm: &str) -> Result<Vec<Measured>, Failure> {
    let now = LocalServer::start(&sides.now.path(LOCAL_SERVER), algorithm).await?;
    let then = match sides.then(LOCAL_SERVER) {
        Some(then) => Some(LocalServer::start(&then.path(LOCAL_SERVER), algorithm).await?),
        None => None,
    };
    let mut rows = Vec::new();
    for flow in FLOWS.iter().filter(|flow| NAMES.contains(&flow.name)) {
        progress(&format!("local server: {}, {algorithm}", flow.name));
        let (mut loads, mut others) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            loads.push(once(&now, flow).await?);
            if let Some(then) = &then {
                others.push(once(then, flow).await?);
            }
        }
        rows.push(Measured { flow: flow.name, algorithm: algorithm.to_owned(), now: loads, then: others });
    }
    now.stop().await?;
    if let Some(then) = then {
        then.stop().await?;
    }
    Ok(rows)
}

async fn once(server: &LocalServer, flow: &Flow) -> Result<Load, Failure> {
    let mut connections: Vec<(Gateway, Requests)> = Vec::new();
    for _ in 0..CONNECTIONS {
        let gateway = server.connect()?;
        let same = connections.first().filter(|_| flow.name == OF_ONE_ACCOUNT).and_then(|(_, first)| first.same());
        let requests = match same {
            Some(same) => same,
            None => (flow.prepare)(&gateway).await?,
        };
        connections.push((gateway, requests));
    }
    load::measure(connections).await
}

fn bytes(executable: &Path) -> Result<String, Failure> {
    let bytes = std::fs::metadata(executable)?.len();
    Ok(format!("Its executable has {} (≤ {}: {}).", size(bytes), size(EXECUTABLE), verdict(bytes <= EXECUTABLE)))
}

fn table(rows: &[Measured], are_two: bool) -> Table {
    let mut head = vec!["request", "per second", "p50", "p99"];
    if are_two {
        head.extend(["per second then", "ratio", "target", ""]);
    }
    let mut table = Table::new(&head);
    for Measured { flow, algorithm, now, then } in rows {
        let rate = |loads: &[Load]| median(&loads.iter().map(|load| load.per_second).collect::<Vec<_>>());
        let latency = |of: fn(&Load) -> Duration| time(median(&now.iter().map(of).collect::<Vec<_>>()));
        let mut row = vec![format!("`{flow}`, {algorithm}"), format!("{:.0}", rate(now))];
        row.extend([latency(|load| load.p50), latency(|load| load.p99)]);
        if !then.is_empty() {
            let pairs = now.iter().zip(then).map(|(now, then)| now.per_second / then.per_second);
            let ratio = median(&pairs.collect::<Vec<_>>());
            row.extend([format!("{:.0}", rate(then)), format!("{ratio:.2}")]);
            if *flow == TARGET_OF {
                row.extend([format!("≥ {TARGET:.2}"), verdict(ratio >= TARGET)]);
            }
        }
        table.row(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads(per_second: f64) -> Vec<Load> {
        let load = || Load { per_second, p50: Duration::from_millis(5), p99: Duration::from_millis(9) };
        vec![load(), load(), load()]
    }

    fn measured(flow: &'static str, now: f64, then: Option<f64>) -> Measured {
        Measured { flow, algorithm: "ES256".to_owned(), now: loads(now), then: then.map(loads).unwrap_or_default() }
    }

    #[test]
    fn the_servers_are_compared() {
        let rows = [("client_credentials", 6_000.0), ("refresh", 3_000.0)]
            .map(|(flow, now)| measured(flow, now, Some(2_000.0)));
        let table = table(&rows, true).to_string();
        let rows: Vec<_> = table.lines().skip(2).collect();
        let first = "| `client_credentials`, ES256 | 6000 | 5.000 ms | 9.000 ms | 2000 | 3.00 | ≥ 3.00 | met |";
        assert_eq!(rows, [first, "| `refresh`, ES256 | 3000 | 5.000 ms | 9.000 ms | 2000 | 1.50 |  |  |"]);
    }

    #[test]
    fn one_server_has_no_ratio() {
        let table = table(&[measured("refresh", 3_000.0, None)], false).to_string();
        assert_eq!(table.lines().last(), Some("| `refresh`, ES256 | 3000 | 5.000 ms | 9.000 ms |"));
    }

    #[test]
    fn what_is_requested_is_a_flow() {
        assert!(NAMES.iter().all(|name| FLOWS.iter().any(|flow| flow.name == *name)));
        assert!(NAMES.contains(&TARGET_OF));
    }
}
