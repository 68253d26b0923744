//! The message of a server that is ready.

use std::io::{self, Write};

use local::{MAILBOX, RECEIVER, Server, WEBHOOKS, first_curl};

/// Writes the banner; its last line is for programs that wait for it.
///
/// # Errors
///
/// When the output is closed.
pub fn write(out: &mut impl Write, server: &Server) -> io::Result<()> {
    writeln!(out, "\nDriftwood: accounts, sign-in and OAuth, on this machine.\n")?;
    writeln!(out, "{}", server.place())?;
    if let Some(address) = server.aws_address {
        writeln!(out, "DynamoDB, Secrets Manager and SES are open at http://{address}.")?;
    }
    writeln!(out, "Mail is stored in memory. Read it at {}{MAILBOX}.", server.url)?;
    writeln!(out, "Webhooks to {RECEIVER} are received at {}{WEBHOOKS}.", server.url)?;
    writeln!(out, "Open {}, or create a user:\n\n{}\n", server.url, first_curl(&server.url))?;
    writeln!(out, "Driftwood is listening on {}", server.url)?;
    out.flush()
}
