//! The scopes of this server's tools, which are Driftwood's for contacts.

/// See contacts.
pub const CONTACT_READ: &str = "contact_read";
/// Add contacts.
pub const CONTACT_WRITE: &str = "contact_write";

/// All that a client may ever need here. `offline_access` is between the client and the issuer.
pub const SUPPORTED: [&str; 2] = [CONTACT_READ, CONTACT_WRITE];
/// What a client should ask for at first; a tool that needs more says so when it is called.
pub const FIRST: [&str; 1] = [CONTACT_READ];
