//! `cargo run -p mcp-server`: the example on this machine.

mod stop;

use std::error::Error;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::process::ExitCode;

use clap::Parser;
use mcp_server::cause::chain;
use mcp_server::settings::{PATH, Settings};
use tokio::net::TcpListener;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// An MCP server that accepts Driftwood's access tokens for itself and nothing else.
#[derive(Parser)]
struct Args {
    /// Who makes the tokens.
    #[arg(long, env = "ISSUER", value_name = "URL", default_value = "http://127.0.0.1:8788")]
    issuer: String,
    /// The port to listen on, on 127.0.0.1.
    #[arg(long, env = "PORT", value_name = "N", default_value_t = 8791)]
    port: u16,
    /// The URL that clients know this server by [default: where it listens].
    #[arg(long, env = "RESOURCE", value_name = "URL")]
    resource: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If the output is closed, there is nothing else to report it to.
            _ = writeln!(io::stderr(), "mcp-server: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Box<dyn Error + Send + Sync>> {
    log();
    let resource = args.resource.unwrap_or_else(|| format!("http://127.0.0.1:{}{PATH}", args.port));
    let settings = Settings::new(&args.issuer, &resource)?;
    let asked_to_stop = stop::asked_to_stop()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await?;
    writeln!(io::stdout(), "The example MCP server, for tokens of {}, is at {resource}", args.issuer)?;
    mcp_server::serve(listener, settings, asked_to_stop).await
}

/// Logs on stderr. That a tool refused a call is its caller's business.
fn log() {
    let filter = Targets::new().with_default(LevelFilter::WARN).with_target("rmcp", LevelFilter::ERROR);
    let lines = tracing_subscriber::fmt::layer().compact().with_target(false).with_writer(io::stderr);
    tracing_subscriber::registry().with(lines).with(filter).init();
}
