//! All tables, and the client that reads and writes them.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};

use super::apps::Apps;
use super::audit::Audit;
use super::authorizations::Authorizations;
use super::contacts::Contacts;
use super::events::{Events, LastPlaces};
use super::keys::Keys;
use super::limits::LimitStore;
use super::outbox::Outbox;
use super::recent_counts::RecentCounts;
use super::sessions::Sessions;
use super::table::Table;
use super::users::Users;
use crate::config::{AwsConfig, Retention, TableNames};

/// One operation with its retries may take this many times as long as one attempt.
const TRIES: u32 = 3;

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
}

impl Stores {
    /// Stores in these tables; nothing is sent yet.
    pub fn new(aws: &AwsConfig, tables: &TableNames, retention: Retention, http: SharedHttpClient) -> Self {
        let client = client(aws, http);
        let table = |name: &str| Table::new(client.clone(), name);
        Self {
            users: Users(table(&tables.users)),
            apps: Apps(table(&tables.apps)),
            sessions: Sessions(table(&tables.refresh_tokens)),
            authorizations: Authorizations(table(&tables.authorizations)),
            limits: LimitStore { table: table(&tables.limits), recent: RecentCounts::default() },
            keys: Keys(table(&tables.keys)),
            contacts: Contacts(table(&tables.contacts)),
            outbox: Outbox(table(&tables.mail)),
            audit: Audit { table: table(&tables.audit), retention: retention.audit },
            events: Events { table: table(&tables.events), retention: retention.events, last: LastPlaces::default() },
            client,
        }
    }
}

/// A client that reads no other configuration: no profile, no instance metadata, no cold-start work.
fn client(aws: &AwsConfig, http: SharedHttpClient) -> Client {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(aws.patience)
        .operation_timeout(aws.patience.saturating_mul(TRIES))
        .build();
    let credentials = Credentials::new(
        &aws.access_key_id,
        aws.secret_access_key.expose(),
        aws.session_token.as_ref().map(|t| t.expose().to_owned()),
        None,
        "environment",
    );
    let mut config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(credentials)
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(aws.backoff))
        .timeout_config(timeouts)
        .http_client(http);
    config.set_endpoint_url(aws.dynamodb_endpoint.clone());
    Client::from_conf(config.build())
}
