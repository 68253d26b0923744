//! What the server says when it is ready.

use std::io::{self, Write};

use local::{MAILBOX, Server, first_curl};

/// Writes it; the last line is for programs that wait for it.
///
/// # Errors
///
/// When nobody reads.
pub fn write(out: &mut impl Write, server: &Server) -> io::Result<()> {
    writeln!(out, "\nDriftwood: accounts, sign-in and OAuth, on this machine.\n")?;
    writeln!(out, "{}", server.place())?;
    if let Some(address) = server.aws_address {
        writeln!(out, "DynamoDB, Secrets Manager and SES are open at http://{address}.")?;
    }
    writeln!(out, "Mail is kept in memory, to be read at {}{MAILBOX}.", server.url)?;
    writeln!(out, "Look at {}, or make a user:\n\n{}\n", server.url, first_curl(&server.url))?;
    writeln!(out, "Driftwood is listening on {}", server.url)?;
    out.flush()
}
