//! All tables, and the client that reads and writes them.

use std::sync::Arc;

use super::apps::Apps;
use super::audit::Audit;
use super::authorizations::Authorizations;
use super::contacts::Contacts;
use super::events::Events;
use super::keys::Keys;
use super::limits::LimitStore;
use super::outbox::Outbox;
use super::recent_counts::RecentCounts;
use super::sessions::Sessions;
use super::table::Table;
use super::users::Users;
use super::webhooks::Webhooks;
use crate::aws::transport::Transport;
use crate::config::{AwsConfig, Retention, TableNames};
use crate::dynamodb::Client;

/// All tables.
pub struct Stores {
    pub(super) client: Client,
    /// Users, accounts, and the items that make their names unique.
    pub users: Users,
    /// OAuth apps.
    pub apps: Apps,
    /// Sessions: refresh-token families.
    pub sessions: Sessions,
    /// Pending authorizations, codes and consents.
    pub authorizations: Authorizations,
    /// Counters of attempts.
    pub limits: LimitStore,
    /// Published keys.
    pub keys: Keys,
    /// Contacts.
    pub contacts: Contacts,
    /// Mail that is not sent yet.
    pub outbox: Outbox,
    /// The audit trail.
    pub audit: Audit,
    /// Events.
    pub events: Events,
    /// Webhooks, and what they are to be sent.
    pub webhooks: Webhooks,
}

impl Stores {
    /// Stores in these tables; nothing is sent yet.
    pub fn new(aws: &AwsConfig, tables: &TableNames, retention: Retention, transport: Arc<dyn Transport>) -> Self {
        let client = Client::new(aws, transport);
        let table = |name: &str| Table::new(client.clone(), name);
        Self {
            users: Users(table(&tables.users)),
            apps: Apps(table(&tables.apps)),
            sessions: Sessions(table(&tables.refresh_tokens)),
            authorizations: Authorizations(table(&tables.authorizations)),
            limits: LimitStore { table: table(&tables.limits), recent: RecentCounts::default() },
            keys: Keys(table(&tables.keys)),
            contacts: Contacts(table(&tables.contacts)),
            outbox: Outbox::new(table(&tables.mail)),
            audit: Audit { table: table(&tables.audit), retention: retention.audit },
            webhooks: Webhooks::new(table(&tables.webhooks)),
            events: Events { table: table(&tables.events), retention: retention.events },
            client,
        }
    }
}
