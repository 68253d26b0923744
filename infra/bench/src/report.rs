//! All measurements of one run and the tables of their results.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use crate::binaries::{Binaries, HELLO, root};
use crate::cpu::{self, Served, measure_hashing, measure_hello};
use crate::failure::Failure;
use crate::load::{self, CONNECTIONS, DURATION, LocalServer};
use crate::progress::progress;
use crate::statistics::milliseconds;
use crate::store::Store;
use crate::table::{Table, verdict};
use crate::workload::Workload;
use crate::{machine, package, signature, startup};

/// The budget of a start, as a multiple of the hello-world's.
const START: f64 = 3.0;
/// The budget of resident memory, in bytes, without that of argon2.
const RESIDENT: u64 = 32_000_000;
/// The memory of argon2, in bytes.
const ARGON2: u64 = 19_456 * 1_024;
/// The budget of a zipped package, in bytes.
const ZIPPED: u64 = 5_000_000;
/// The budget of a login, as a multiple of the CPU time of bare argon2.
const LOGIN: f64 = 1.1;
/// The budget of `client_credentials` or an authenticated call, with ES256.
const CALL: Duration = Duration::from_micros(120);
/// The budget of a refresh, with ES256.
const REFRESH: Duration = Duration::from_micros(200);

/// Builds the binaries, and measures everything within `at_most`.
///
/// # Errors
///
/// The first failure.
pub async fn make(at_most: Duration) -> Result<String, Failure> {
    let rs256 = Store::start("RS256").await?;
    let functions = rs256.functions();
    progress("building the release binaries");
    let binaries = Binaries::build(&functions).await?;
    tokio::time::timeout(at_most, measure(binaries, rs256, functions)).await?
}

async fn measure(binaries: Binaries, rs256: Store, functions: Vec<String>) -> Result<String, Failure> {
    let mut resident = BTreeMap::new();
    let cpu = cpu_table(&binaries, &rs256, &mut resident).await?;
    let processes = process_table(&binaries, &rs256, &functions, &resident).await?;
    rs256.stop().await;
    let load = load_table(&binaries).await?;

    let mut report = format!("{}\n\n", machine::describe()?);
    write!(report, "Processes:\n\n{processes}\nCPU time of one request:\n\n{cpu}\n")?;
    write!(report, "The local server under {CONNECTIONS} connections, {} s each:\n\n{load}", DURATION.as_secs())?;
    Ok(report)
}

/// Saves the report.
///
/// # Errors
///
/// When it cannot be written.
pub fn save(report: &str) -> Result<(), Failure> {
    let folder = root().join("infra/bench/results");
    std::fs::create_dir_all(&folder)?;
    Ok(std::fs::write(folder.join("latest.md"), report)?)
}

async fn process_table(
    binaries: &Binaries,
    store: &Store,
    functions: &[String],
    resident: &BTreeMap<&str, u64>,
) -> Result<Table, Failure> {
    let mut table = Table::new(&["process", "start to first poll", "× `hello`", "zipped", "resident", "budget"]);
    for name in functions.iter().map(String::as_str).chain([HELLO]) {
        progress(&format!("starting {name}"));
        let start = startup::measure(binaries, store, name).await?;
        let zipped = package::zipped(&binaries.path(name))?;
        let resident = resident.get(name).copied();
        let allowed = RESIDENT + if matches!(name, "auth-login" | "auth-register") { ARGON2 } else { 0 };
        let is_met = start.ratio() <= START && zipped <= ZIPPED && resident.is_none_or(|bytes| bytes <= allowed);
        table.row([
            format!("`{name}`"),
            format!("{:.1} ms", milliseconds(start.function)),
            format!("{:.2}", start.ratio()),
            format!("{:.2} MB", megabytes(zipped)),
            resident.map(|bytes| format!("{:.1} MB", megabytes(bytes))).unwrap_or_default(),
            if name == HELLO { String::new() } else { verdict(is_met) },
        ]);
    }
    Ok(table)
}

async fn cpu_table(
    binaries: &Binaries,
    rs256: &Store,
    resident: &mut BTreeMap<&'static str, u64>,
) -> Result<Table, Failure> {
    let mut table = Table::new(&["request", "DynamoDB calls", "CPU", "budget", ""]);
    let (rsa, ecdsa) =
        tokio::task::spawn_blocking(|| Ok::<_, Failure>((signature::rsa()?, signature::ecdsa()?))).await??;
    let es256 = Store::start("ES256").await?;
    for (algorithm, store, more) in [("ES256", &es256, Duration::ZERO), ("RS256", rs256, rsa.saturating_sub(ecdsa))] {
        let gateway = &store.gateway;
        // Verification costs no more with RS256: only requests that sign may use more.
        for (name, budget, workload) in [
            ("`client_credentials`", CALL + more, Workload::client_credentials(gateway).await?),
            ("authenticated call, a user's token", CALL, Workload::contacts_list(gateway).await?),
            ("authenticated call, an app's token", CALL, Workload::contacts_list_by_app(gateway).await?),
            ("refresh", REFRESH + more, Workload::refresh(gateway).await?),
            // Two signatures: the ID token is RS256 in any case.
            ("exchange of a code, with ID token", REFRESH + rsa + more, Workload::code_exchange(gateway).await?),
            ("an app's refresh, with ID token", REFRESH + rsa + more, Workload::app_refresh(gateway).await?),
        ] {
            progress(&format!("asking for: {name}, {algorithm}"));
            let function = workload.function();
            let Served { cpu, resident: bytes, calls } = cpu::measure(binaries, store, workload).await?;
            let most = resident.entry(function).or_default();
            *most = bytes.max(*most);
            table.row([
                format!("{name}, {algorithm}"),
                calls.to_string(),
                time(cpu),
                time(budget),
                verdict(cpu <= budget),
            ]);
        }
    }
    es256.stop().await;

    for (name, workload) in [("login", Workload::login(&rs256.gateway).await?), ("registration", Workload::Register)] {
        progress(&format!("asking for: {name}"));
        let function = workload.function();
        let (served, bare) = measure_hashing(binaries, rs256, workload).await?;
        resident.insert(function, served.resident);
        let ratio = served.cpu.as_secs_f64() / bare.as_secs_f64();
        let (budget, verdict) = match name {
            "login" => (format!("{LOGIN} × bare argon2"), verdict(ratio <= LOGIN)),
            _ => (String::new(), String::new()),
        };
        let calls = served.calls.to_string();
        table.row([format!("{name}, RS256: {ratio:.2} × bare argon2"), calls, time(served.cpu), budget, verdict]);
        table.row([format!("bare argon2, beside {name}"), String::new(), time(bare), String::new(), String::new()]);
    }
    let workload = Workload::contacts_list(&rs256.gateway).await?;
    let hello = measure_hello(binaries, rs256, &workload).await?;
    resident.insert(HELLO, hello.resident);
    for (name, cpu) in
        [("`hello`", hello.cpu), ("bare RSA signature, 2,048 bits", rsa), ("bare ECDSA signature", ecdsa)]
    {
        table.row([name.to_owned(), String::new(), time(cpu), String::new(), String::new()]);
    }
    Ok(table)
}

async fn load_table(binaries: &Binaries) -> Result<Table, Failure> {
    let server = LocalServer::start(&binaries.path("driftwood")).await?;
    let mut table = Table::new(&["request", "per second", "p50", "p99"]);
    for name in ["`client_credentials`, RS256", "authenticated call, a user's token", "refresh, RS256"] {
        progress(&format!("local server: {name}"));
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let gateway = server.connect()?;
            let workload = match name {
                "refresh, RS256" => Workload::refresh(&gateway).await?,
                "`client_credentials`, RS256" => Workload::client_credentials(&gateway).await?,
                _ => Workload::contacts_list(&gateway).await?,
            };
            connections.push((gateway, workload));
        }
        let load = load::measure(connections).await?;
        table.row([name.to_owned(), format!("{:.0}", load.per_second), time(load.p50), time(load.p99)]);
    }
    server.stop().await?;
    Ok(table)
}

fn time(duration: Duration) -> String {
    format!("{:.3} ms", milliseconds(duration))
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
