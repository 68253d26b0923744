//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::profile::Profile;

/// Measures Driftwood on this machine: CPU, start and size of its functions, and the requests per second of the local server
///
/// Everything stays on loopback, and no process outlives the run. `infra/bench/README.md` shows how to repeat the tables of
/// `docs/benchmarks.md`.
#[derive(Parser)]
#[command(name = "bench")]
pub struct Args {
    /// Measure only this flow (refresh), section (processes, requests, load) or process (contacts-list); may be repeated
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Build this revision too, and alternate the two, pair by pair
    #[arg(long, value_name = "REF")]
    pub beside: Option<String>,
    /// Alternate with the release binaries of this target folder, which are built already
    #[arg(long, value_name = "DIR", conflicts_with = "beside")]
    pub beside_target: Option<PathBuf>,
    /// Measure the release binaries of this target folder, which are built already
    #[arg(long, value_name = "DIR")]
    pub target: Option<PathBuf>,
    /// Alternate with node-oidc-provider, too (needs node and npm)
    #[arg(long)]
    pub peer: bool,
    /// The algorithm of access tokens, ES256 or RS256; may be repeated
    #[arg(long, value_name = "NAME", default_value = "ES256", value_parser = ["ES256", "RS256"])]
    pub algorithm: Vec<String>,
    /// The number of short rounds in which the processes take turns
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// The number of requests in a round, for each process
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub requests: u32,
    /// Measure what building one function costs with different profiles, and nothing else
    #[arg(
        long, value_name = "FUNCTION", num_args = 0..=1, default_missing_value = "contacts-list",
        conflicts_with_all = ["only", "beside", "beside_target", "target", "peer"]
    )]
    pub build: Option<String>,
    /// A profile for --build, as LTO,UNITS,LEVEL; may be repeated
    #[arg(
        long, value_name = "LTO,UNITS,LEVEL", requires = "build", value_parser = Profile::parse,
        default_values = ["thin,1,3", "fat,1,3", "off,16,3", "off,16,s"]
    )]
    pub profile: Vec<Profile>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn read(args: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from([&["bench"], args].concat())
    }

    #[test]
    fn everything_is_measured_by_default() {
        Args::command().debug_assert();
        let args = read(&[]).unwrap();
        assert!(args.only.is_empty() && args.beside.is_none() && args.build.is_none() && !args.peer);
        assert_eq!((args.algorithm, args.rounds, args.requests), (vec!["ES256".to_owned()], 60, 50));
    }

    #[test]
    fn names_and_algorithms_may_be_repeated() {
        let args =
            read(&["--only", "refresh", "--only", "load", "--algorithm", "ES256", "--algorithm", "RS256"]).unwrap();
        assert_eq!((args.only, args.algorithm.len()), (vec!["refresh".to_owned(), "load".to_owned()], 2));
        assert!(read(&["--algorithm", "HS256"]).is_err());
        assert!(read(&["--rounds", "0"]).is_err());
    }

    #[test]
    fn one_thing_is_measured_beside_at_a_time() {
        assert_eq!(read(&["--beside", "HEAD~1"]).unwrap().beside.as_deref(), Some("HEAD~1"));
        assert!(read(&["--beside", "HEAD~1", "--beside-target", "x"]).is_err());
        assert!(read(&["--build", "--peer"]).is_err());
    }

    #[test]
    fn builds_have_a_function_and_profiles() {
        let args = read(&["--build"]).unwrap();
        assert_eq!((args.build.as_deref(), args.profile.len()), (Some("contacts-list"), 4));
        let args = read(&["--build", "hello", "--profile", "off,16,s"]).unwrap();
        assert_eq!((args.build.as_deref(), args.profile.len()), (Some("hello"), 1));
        assert!(read(&["--profile", "off,16,s"]).is_err(), "a profile is for a build");
        assert!(read(&["--build", "--profile", "off"]).is_err());
    }
}
