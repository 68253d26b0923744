//! Configuration: environment variables, all read here once, when a process starts.

pub mod log_level;
mod upstream;
mod vars;

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::time::Duration;

use url::Url;

use crate::domain::authorization::consent::Grant;
use crate::domain::brand::{Brand, Colour};
use crate::domain::client::Client;
use crate::domain::client::id::ClientId;
use crate::domain::crypto::secret::Secret;
use crate::domain::crypto::signing_algorithm::SigningAlgorithm;
use crate::domain::mail::sender::MailSender;
use crate::domain::oauth::resource::{ResourceCatalogue, ResourceServers};
use crate::domain::oauth::scope::{ScopeCatalogue, ScopeSet};
use crate::domain::password::PasswordPolicy;
use crate::domain::quota::Quotas;
use crate::domain::rate_limit::{Limit, Limits};
use crate::domain::session::lifetimes::RefreshLifetimes;
use crate::domain::upstream::provider::{Issuer, Mode, Provider};
use crate::domain::user::deletion::LONGEST_GRACE;
use crate::domain::user::{User, UserId};
use log_level::LogLevel;
use vars::{Vars, admin_user_ids, issuer, logo_url, ranges_url, yes_or_no};

/// How to reach AWS.
#[derive(Clone, Debug)]
pub struct AwsConfig {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Secret,
    /// `AWS_SESSION_TOKEN`, which Lambda always sets.
    pub session_token: Option<Secret>,
    /// `AWS_ENDPOINT_URL_DYNAMODB`: another DynamoDB than AWS's, for laptops and tests.
    pub dynamodb_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER`: another Secrets Manager than AWS's, for laptops and tests.
    pub secrets_manager_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_SESV2`: another SES than AWS's, for tests.
    pub ses_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_EVENTBRIDGE`: another EventBridge than AWS's, for tests.
    pub event_bridge_endpoint: Option<String>,
    /// The timeout of one DynamoDB request: so short that the function returns 503 before the gateway does. Only the local
    /// server has another.
    pub patience: Duration,
    /// How long a first retry of a DynamoDB request waits at most; each further one may wait twice as long. Only the local
    /// server has another.
    pub backoff: Duration,
}

/// The tables' names.
#[derive(Clone, Debug)]
pub struct TableNames {
    /// `USERS_TABLE`.
    pub users: String,
    /// `APPS_TABLE`.
    pub apps: String,
    /// `REFRESH_TOKENS_TABLE`.
    pub refresh_tokens: String,
    /// `AUTHORIZATIONS_TABLE`.
    pub authorizations: String,
    /// `LIMITS_TABLE`.
    pub limits: String,
    /// `KEYS_TABLE`.
    pub keys: String,
    /// `CONTACTS_TABLE`.
    pub contacts: String,
    /// `MAIL_TABLE`.
    pub mail: String,
    /// `WEBHOOKS_TABLE`.
    pub webhooks: String,
    /// `AUDIT_TABLE`.
    pub audit: String,
    /// `EVENTS_TABLE`.
    pub events: String,
}

/// How long new items are stored.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// `AUDIT_RETENTION_DAYS`: events of the audit trail.
    pub audit: Duration,
    /// `EVENT_RETENTION_DAYS`: events that integrations post.
    pub events: Duration,
}

/// Which browsers' pages may call the JSON API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// All: safe, because the API uses bearer tokens only and no cookies.
    Any,
    /// These, compared as exact strings.
    Listed(BTreeSet<String>),
}

/// Which callers may register clients at the registration endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientRegistration {
    /// Any caller, including the client itself.
    Open,
    /// A user, with their access token as the initial access token (RFC 7591 §3).
    Token,
}

/// The configuration of a process.
#[derive(Clone, Debug)]
pub struct Config {
    /// How to reach AWS.
    pub aws: AwsConfig,
    /// The tables' names.
    pub tables: TableNames,
    /// `SIGNING_KEYS_SECRET`: the secret that contains the private keys, by name or ARN.
    pub signing_keys_secret: String,
    /// `MAC_KEYS_SECRET`: the secret that contains the MAC keys, by name or ARN.
    pub mac_keys_secret: String,
    /// `WEBHOOK_KEY_SECRET`: the secret from which those of all webhooks follow, by name or ARN.
    pub webhook_key_secret: String,
    /// `ISSUER_URL`: the issuer; without it, the one that `keys-rotate` published.
    pub issuer: Option<String>,
    /// `AUDIENCE`: the `aud` of access tokens; without it, the issuer.
    pub audience: Option<String>,
    /// `SIGNING_ALGORITHM`: `RS256` or `ES256`.
    pub signing_algorithm: SigningAlgorithm,
    /// `USER_TOKEN_SECONDS`: the lifetime of a user's access token.
    pub user_token_lifetime: Duration,
    /// `CLIENT_TOKEN_SECONDS`: the lifetime of an access token of `client_credentials`.
    pub client_token_lifetime: Duration,
    /// `CODE_TOKEN_SECONDS`: the lifetime of an access token that a user consented to.
    pub code_token_lifetime: Duration,
    /// `USER_KEY_TOKEN_SECONDS`: the lifetime of an access token of a script with a user key.
    pub user_key_token_lifetime: Duration,
    /// `USER_KEY_REFRESH_SECONDS`: the lifetime of a script's refresh token from each use.
    pub user_key_refresh_lifetime: Duration,
    /// `BROWSER_SESSION_SECONDS`: the lifetime of a browser session.
    pub browser_session_lifetime: Duration,
    /// `REQUIRE_PKCE`: whether confidential clients need PKCE too.
    pub requires_pkce: bool,
    /// `SCOPES`: the scopes that the operator adds, `name=Sentence`, separated by semicolons.
    pub scopes: ScopeCatalogue,
    /// `RESOURCES`: other APIs that tokens may be for, `URL Name (scopes)`, separated by semicolons.
    pub resources: ResourceCatalogue,
    /// `RESOURCE_SERVERS`: which clients may introspect the tokens of which APIs, `client_id=URL`, separated by spaces.
    pub resource_servers: ResourceServers,
    /// `FIRST_PARTY_CLIENTS`: the operator's own clients, to which users need not consent, separated by spaces or commas.
    pub first_party_clients: HashSet<ClientId>,
    /// `TOKEN_ENDPOINT_AUDIENCE`: whether client assertions may name the token endpoint as their audience.
    pub accepts_token_endpoint_audience: bool,
    /// `CLIENT_REGISTRATION`: `open`, or `token` where only users may register clients.
    pub client_registration: ClientRegistration,
    /// `MAIL_FROM`: the sender of mails, `Name <address>` or an address alone; without it, no mail is sent.
    pub mail_from: Option<MailSender>,
    /// `EVENT_BUS_NAME`: the event bus of EventBridge that gets every event; without it, none does.
    pub event_bus_name: Option<String>,
    /// `ADDRESS_HOLD_SECONDS`: how long no new user can register with the address of a deleted user.
    pub address_hold: Duration,
    /// `DELETION_GRACE_SECONDS`: for how long a user can undo the deletion of their account.
    pub deletion_grace: Duration,
    /// `UNVERIFIED_ADDRESS_SECONDS`: how long an address that was never verified belongs to an account with which nothing
    /// was done.
    pub unverified_address_lifetime: Duration,
    /// `REQUIRE_VERIFIED_EMAIL`: whether apps get tokens only from users whose address is verified.
    pub requires_verified_email: bool,
    /// `BRAND_NAME`, `BRAND_LOGO_URL` and `BRAND_ACCENT`: the brand of the pages.
    pub brand: Brand,
    /// `UPSTREAM_ISSUER`, `UPSTREAM_PROVIDERS` and related variables: the providers with which users may sign in.
    pub upstreams: Vec<Provider>,
    /// `REFRESH_IDLE_SECONDS`, `REFRESH_TOTAL_SECONDS` and `REFRESH_GRACE_SECONDS`.
    pub refresh: RefreshLifetimes,
    /// `BREACHED_PASSWORDS_URL`: the URL below which the ranges of breached passwords are, if new ones are compared with them.
    pub breached_passwords_url: Option<Url>,
    /// `PASSWORD_MINIMUM`: the fewest characters of a new password.
    pub password_policy: PasswordPolicy,
    /// `LOGIN_LIMIT`, `LOGIN_WINDOW_SECONDS` and related variables.
    pub limits: Limits,
    /// `APP_QUOTA` and related variables; see [`Config::quotas_of`].
    pub quotas: Quotas,
    /// `UNVERIFIED_QUOTA_PERCENT`: how many percent of the quotas an account has before its user is verified.
    pub unverified_quota_percent: u32,
    /// `ALLOWED_ORIGINS`: `*`, or origins, separated by spaces.
    pub allowed_origins: AllowedOrigins,
    /// `ADMIN_USER_IDS`: users whose tokens have the type `admin`, separated by spaces or commas.
    pub admin_user_ids: BTreeSet<UserId>,
    /// `AUDIT_RETENTION_DAYS` and `EVENT_RETENTION_DAYS`.
    pub retention: Retention,
    /// `LOG_LEVEL`: `error`, `warn`, `info`, `debug` or `trace`.
    pub log_level: LogLevel,
}

/// All mistakes in the configuration, a sentence each.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigMistakes(pub Vec<String>);

impl fmt::Display for ConfigMistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is wrong: {}", self.0.join("; "))
    }
}

impl std::error::Error for ConfigMistakes {}

impl Config {
    /// Reads the configuration; an empty variable counts as not set.
    ///
    /// # Errors
    ///
    /// All mistakes at once.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigMistakes> {
        let mut vars = Vars { var: &var, mistakes: Vec::new() };
        let limit = |vars: &mut Vars<'_>, prefix: &str, most, seconds| Limit {
            most: vars.number(&format!("{prefix}_LIMIT"), most, 1..=1_000_000),
            window: vars.seconds(&format!("{prefix}_WINDOW_SECONDS"), seconds, 1..=604_800),
        };
        let scopes = vars.parsed("SCOPES", ScopeCatalogue::parse).unwrap_or_default();
        let resources = vars.parsed("RESOURCES", |text| ResourceCatalogue::parse(text, &scopes)).unwrap_or_default();
        let upstreams = upstream::providers(&mut vars);
        let logos = upstreams.iter().filter_map(|provider| provider.logo.clone()).collect();
        let config = Self {
            aws: AwsConfig {
                region: vars.required("AWS_REGION"),
                access_key_id: vars.required("AWS_ACCESS_KEY_ID"),
                secret_access_key: Secret::new(vars.required("AWS_SECRET_ACCESS_KEY")),
                session_token: vars.get("AWS_SESSION_TOKEN").map(Secret::new),
                dynamodb_endpoint: vars.get("AWS_ENDPOINT_URL_DYNAMODB"),
                secrets_manager_endpoint: vars.get("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
                ses_endpoint: vars.get("AWS_ENDPOINT_URL_SESV2"),
                event_bridge_endpoint: vars.get("AWS_ENDPOINT_URL_EVENTBRIDGE"),
                patience: Duration::from_secs(1),
                backoff: Duration::from_millis(50),
            },
            tables: TableNames {
                users: vars.required("USERS_TABLE"),
                apps: vars.required("APPS_TABLE"),
                refresh_tokens: vars.required("REFRESH_TOKENS_TABLE"),
                authorizations: vars.required("AUTHORIZATIONS_TABLE"),
                limits: vars.required("LIMITS_TABLE"),
                keys: vars.required("KEYS_TABLE"),
                contacts: vars.required("CONTACTS_TABLE"),
                mail: vars.required("MAIL_TABLE"),
                webhooks: vars.required("WEBHOOKS_TABLE"),
                audit: vars.required("AUDIT_TABLE"),
                events: vars.required("EVENTS_TABLE"),
            },
            signing_keys_secret: vars.required("SIGNING_KEYS_SECRET"),
            mac_keys_secret: vars.required("MAC_KEYS_SECRET"),
            webhook_key_secret: vars.required("WEBHOOK_KEY_SECRET"),
            issuer: vars.parsed("ISSUER_URL", issuer),
            audience: vars.get("AUDIENCE"),
            signing_algorithm: vars
                .parsed("SIGNING_ALGORITHM", |text| SigningAlgorithm::parse(text).ok_or("must be RS256 or ES256"))
                .unwrap_or(SigningAlgorithm::RS256),
            // The bounds keep every token within the lifetime of the key that signs it (`keys-rotate`).
            user_token_lifetime: vars.seconds("USER_TOKEN_SECONDS", 900, 60..=7_200),
            client_token_lifetime: vars.seconds("CLIENT_TOKEN_SECONDS", 3_600, 60..=7_200),
            code_token_lifetime: vars.seconds("CODE_TOKEN_SECONDS", 7_200, 60..=7_200),
            user_key_token_lifetime: vars.seconds("USER_KEY_TOKEN_SECONDS", 3_600, 60..=7_200),
            user_key_refresh_lifetime: vars.seconds("USER_KEY_REFRESH_SECONDS", 365 * 86_400, 86_400..=3_650 * 86_400),
            browser_session_lifetime: vars.seconds("BROWSER_SESSION_SECONDS", 30 * 86_400, 300..=365 * 86_400),
            requires_pkce: vars.parsed("REQUIRE_PKCE", yes_or_no).unwrap_or(false),
            scopes,
            resources,
            resource_servers: vars.parsed("RESOURCE_SERVERS", ResourceServers::parse).unwrap_or_default(),
            first_party_clients: vars.parsed("FIRST_PARTY_CLIENTS", first_party_clients).unwrap_or_default(),
            accepts_token_endpoint_audience: vars.parsed("TOKEN_ENDPOINT_AUDIENCE", yes_or_no).unwrap_or(false),
            client_registration: vars
                .parsed("CLIENT_REGISTRATION", client_registration)
                .unwrap_or(ClientRegistration::Open),
            mail_from: vars.parsed("MAIL_FROM", MailSender::parse),
            event_bus_name: vars.get("EVENT_BUS_NAME"),
            address_hold: vars.seconds("ADDRESS_HOLD_SECONDS", 30 * 86_400, 0..=10 * 365 * 86_400),
            deletion_grace: vars.seconds("DELETION_GRACE_SECONDS", 7 * 86_400, 0..=LONGEST_GRACE.as_secs()),
            unverified_address_lifetime: vars.seconds("UNVERIFIED_ADDRESS_SECONDS", 3 * 86_400, 3_600..=365 * 86_400),
            requires_verified_email: vars.parsed("REQUIRE_VERIFIED_EMAIL", yes_or_no).unwrap_or(false),
            brand: Brand::new(
                vars.get("BRAND_NAME").map_or_else(|| "Driftwood".to_owned(), |name| name.trim().to_owned()),
                vars.parsed("BRAND_LOGO_URL", logo_url),
                vars.parsed("BRAND_ACCENT", Colour::parse).unwrap_or(Colour::DRIFTWOOD),
            )
            .with_logos(logos),
            upstreams,
            refresh: RefreshLifetimes {
                idle: vars.seconds("REFRESH_IDLE_SECONDS", 30 * 86_400, 3_600..=365 * 86_400),
                total: Some(vars.seconds("REFRESH_TOTAL_SECONDS", 90 * 86_400, 3_600..=365 * 86_400)),
                grace: vars.seconds("REFRESH_GRACE_SECONDS", 60, 0..=300),
            },
            breached_passwords_url: vars.parsed("BREACHED_PASSWORDS_URL", ranges_url),
            password_policy: PasswordPolicy { shortest: vars.number("PASSWORD_MINIMUM", 15, 8..=64) },
            limits: Limits {
                login_by_name_and_address: limit(&mut vars, "LOGIN", 10, 900),
                login_by_address: limit(&mut vars, "LOGIN_ADDRESS", 100, 900),
                login_by_name: limit(&mut vars, "LOGIN_EMAIL", 100, 3_600),
                register_by_address: limit(&mut vars, "REGISTER_ADDRESS", 20, 3_600),
                client_by_client_and_address: limit(&mut vars, "CLIENT", 10, 900),
                client_by_address: limit(&mut vars, "CLIENT_ADDRESS", 100, 900),
                client_registration_by_address: limit(&mut vars, "CLIENT_REGISTRATION", 60, 3_600),
                document_by_address: limit(&mut vars, "DOCUMENT", 60, 900),
                device_by_address: limit(&mut vars, "DEVICE", 20, 900),
                pending: limit(&mut vars, "PENDING", 6_000, 900),
                mail_by_email: limit(&mut vars, "MAIL", 5, 3_600),
                notice_by_email: limit(&mut vars, "NOTICE", 30, 3_600),
                mail_by_address: limit(&mut vars, "MAIL_ADDRESS", 30, 3_600),
            },
            quotas: Quotas {
                apps: vars.number("APP_QUOTA", 100, 1..=1_000_000),
                contacts: vars.number("CONTACT_QUOTA", 50_000, 1..=100_000_000),
                // The account page and an export show all keys at once.
                keys: vars.number("KEY_QUOTA", 20, 1..=1_000),
                events_a_day: vars.number("EVENT_QUOTA", 100_000, 1..=100_000_000),
                event_bytes_a_day: vars.number::<u64>("EVENT_MEGABYTE_QUOTA", 500, 1..=1_000_000) * 1_000_000,
            },
            unverified_quota_percent: vars.number("UNVERIFIED_QUOTA_PERCENT", 10, 1..=100),
            allowed_origins: vars.parsed("ALLOWED_ORIGINS", allowed_origins).unwrap_or(AllowedOrigins::Any),
            admin_user_ids: vars.parsed("ADMIN_USER_IDS", admin_user_ids).unwrap_or_default(),
            retention: Retention {
                audit: vars.days("AUDIT_RETENTION_DAYS", 365, 1..=3_653),
                // An idempotency key is stored for a day: its event must outlive it.
                events: vars.days("EVENT_RETENTION_DAYS", 90, 1..=3_653),
            },
            log_level: vars.parsed("LOG_LEVEL", LogLevel::parse).unwrap_or_default(),
        };
        if vars.mistakes.is_empty() { Ok(config) } else { Err(ConfigMistakes(vars.mistakes)) }
    }

    /// The scopes that belong to this API; without one, to our own.
    pub fn scopes_of(&self, resource: Option<&str>) -> ScopeSet {
        self.resources.scopes_of(resource, &self.scopes)
    }

    /// The scopes of the tokens of a grant now: those that the user granted, that the app may still have, and that belong
    /// to the API.
    pub fn effective_scopes(&self, client: &Client, grant: &Grant) -> ScopeSet {
        let may_have = grant.scopes.intersection(&client.grantable_scopes(&self.scopes));
        may_have.intersection(&self.scopes_of(grant.resource.as_deref()))
    }

    /// How long a session of a browser or an app can live: its app may send an ID token as a hint until then.
    pub fn longest_session(&self) -> Duration {
        let RefreshLifetimes { idle, total, .. } = self.refresh;
        self.browser_session_lifetime.max(total.unwrap_or_default()).max(idle)
    }

    /// The quotas of a user's account: lower ones until a mailed link or a provider proved who the user is, if this
    /// deployment sends mail.
    pub fn quotas_of(&self, user: &User) -> Quotas {
        self.quotas.percent(self.quota_percent(user))
    }

    /// How many authorizations the apps of a user's account store together: less until then, like the quotas.
    pub fn pending_limit_of(&self, user: &User) -> Limit {
        self.limits.pending_of_account(self.quota_percent(user))
    }

    fn quota_percent(&self, user: &User) -> u32 {
        let is_proven = user.is_email_verified() || !user.upstream.is_empty() || self.mail_from.is_none();
        if is_proven { 100 } else { self.unverified_quota_percent }
    }

    /// The provider that issued a linked identity, if it is still configured.
    pub fn upstream_of(&self, issuer: &str) -> Option<&Provider> {
        self.upstreams.iter().find(|provider| provider.issuer.issues(issuer))
    }

    /// The name of that provider; its host if it is no longer configured.
    pub fn upstream_name(&self, issuer: &str) -> String {
        let host = || Issuer::parse(issuer).map(|issuer| issuer.host().to_owned()).unwrap_or_default();
        self.upstream_of(issuer).map_or_else(host, |provider| provider.name.clone())
    }

    /// Returns whether users sign in with providers only.
    pub fn signs_in_by_providers_only(&self) -> bool {
        self.upstreams.iter().any(|provider| provider.mode == Mode::Only)
    }

    /// Returns whether a user is an operator. This server checks the configuration, and never the type in their token.
    pub fn is_admin(&self, user: UserId) -> bool {
        self.admin_user_ids.contains(&user)
    }
}

fn first_party_clients(text: &str) -> Result<HashSet<ClientId>, &'static str> {
    let ids = text.split([' ', ',']).filter(|id| !id.is_empty());
    ids.map(|id| ClientId::parse(id).ok_or("must be client ids, separated by spaces or commas")).collect()
}

fn client_registration(text: &str) -> Result<ClientRegistration, &'static str> {
    match text {
        "open" => Ok(ClientRegistration::Open),
        "token" => Ok(ClientRegistration::Token),
        _ => Err("must be open or token"),
    }
}

fn allowed_origins(text: &str) -> Result<AllowedOrigins, &'static str> {
    if text == "*" {
        return Ok(AllowedOrigins::Any);
    }
    let origins = text.split_whitespace().map(|origin| {
        let parsed = Url::parse(origin).map(|url| url.origin().ascii_serialization());
        parsed
            .is_ok_and(|parsed| parsed == origin)
            .then(|| origin.to_owned())
            .ok_or("must be * or origins such as https://app.example.com")
    });
    origins.collect::<Result<_, _>>().map(AllowedOrigins::Listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const REQUIRED: [&str; 17] = [
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "USERS_TABLE",
        "APPS_TABLE",
        "REFRESH_TOKENS_TABLE",
        "AUTHORIZATIONS_TABLE",
        "LIMITS_TABLE",
        "KEYS_TABLE",
        "CONTACTS_TABLE",
        "MAIL_TABLE",
        "WEBHOOKS_TABLE",
        "AUDIT_TABLE",
        "EVENTS_TABLE",
        "SIGNING_KEYS_SECRET",
        "MAC_KEYS_SECRET",
        "WEBHOOK_KEY_SECRET",
    ];
    const OPTIONAL: [(&str, &str); 73] = [
        ("AWS_SESSION_TOKEN", "t"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1"),
        ("ISSUER_URL", "https://auth.example.com"),
        ("AUDIENCE", "api"),
        ("SIGNING_ALGORITHM", "ES256"),
        ("USER_TOKEN_SECONDS", "60"),
        ("CLIENT_TOKEN_SECONDS", "60"),
        ("CODE_TOKEN_SECONDS", "60"),
        ("USER_KEY_TOKEN_SECONDS", "60"),
        ("USER_KEY_REFRESH_SECONDS", "86400"),
        ("BROWSER_SESSION_SECONDS", "300"),
        ("REQUIRE_PKCE", "true"),
        ("TOKEN_ENDPOINT_AUDIENCE", "true"),
        ("SCOPES", "orders_read=Read your orders"),
        ("FIRST_PARTY_CLIENTS", "dw_ci_0199aaaa000070008000000000000000, https://app.example/client.json"),
        ("RESOURCES", "https://mcp.example.com/mcp Tools (contact_read); https://api.example.com"),
        ("BRAND_NAME", "Acme"),
        ("BRAND_LOGO_URL", "https://acme.example/logo.svg"),
        ("BRAND_ACCENT", "#aa0044"),
        ("REFRESH_IDLE_SECONDS", "3600"),
        ("REFRESH_TOTAL_SECONDS", "3600"),
        ("REFRESH_GRACE_SECONDS", "0"),
        ("BREACHED_PASSWORDS_URL", "https://api.pwnedpasswords.com/range/"),
        ("PASSWORD_MINIMUM", "20"),
        ("LOGIN_LIMIT", "1"),
        ("LOGIN_WINDOW_SECONDS", "1"),
        ("LOGIN_ADDRESS_LIMIT", "1"),
        ("LOGIN_ADDRESS_WINDOW_SECONDS", "1"),
        ("LOGIN_EMAIL_LIMIT", "1"),
        ("LOGIN_EMAIL_WINDOW_SECONDS", "1"),
        ("REGISTER_ADDRESS_LIMIT", "1"),
        ("REGISTER_ADDRESS_WINDOW_SECONDS", "1"),
        ("CLIENT_LIMIT", "1"),
        ("CLIENT_WINDOW_SECONDS", "1"),
        ("CLIENT_ADDRESS_LIMIT", "1"),
        ("CLIENT_ADDRESS_WINDOW_SECONDS", "1"),
        ("CLIENT_REGISTRATION_LIMIT", "1"),
        ("CLIENT_REGISTRATION_WINDOW_SECONDS", "1"),
        ("DOCUMENT_LIMIT", "1"),
        ("DOCUMENT_WINDOW_SECONDS", "1"),
        ("DEVICE_LIMIT", "1"),
        ("DEVICE_WINDOW_SECONDS", "1"),
        ("PENDING_LIMIT", "1"),
        ("PENDING_WINDOW_SECONDS", "1"),
        ("MAIL_LIMIT", "1"),
        ("MAIL_WINDOW_SECONDS", "1"),
        ("NOTICE_LIMIT", "1"),
        ("NOTICE_WINDOW_SECONDS", "1"),
        ("MAIL_ADDRESS_LIMIT", "1"),
        ("MAIL_ADDRESS_WINDOW_SECONDS", "1"),
        ("MAIL_FROM", "Acme <no-reply@acme.example>"),
        ("ADDRESS_HOLD_SECONDS", "0"),
        ("DELETION_GRACE_SECONDS", "0"),
        ("UNVERIFIED_ADDRESS_SECONDS", "3600"),
        ("REQUIRE_VERIFIED_EMAIL", "true"),
        ("EVENT_BUS_NAME", "acme"),
        ("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", "http://127.0.0.1:1"),
        ("CLIENT_REGISTRATION", "token"),
        ("RESOURCE_SERVERS", "dw_ci_0123456789abcdef0123456789abcdef=https://mcp.example.com/mcp"),
        ("APP_QUOTA", "1"),
        ("CONTACT_QUOTA", "1"),
        ("KEY_QUOTA", "1"),
        ("EVENT_QUOTA", "1"),
        ("EVENT_MEGABYTE_QUOTA", "1"),
        ("UNVERIFIED_QUOTA_PERCENT", "1"),
        ("ALLOWED_ORIGINS", "https://app.example.com"),
        ("ADMIN_USER_IDS", "550e8400-e29b-41d4-a716-446655440000"),
        ("AUDIT_RETENTION_DAYS", "30"),
        ("EVENT_RETENTION_DAYS", "30"),
        ("LOG_LEVEL", "debug"),
        ("UNRELATED", "x"),
    ];

    fn read(set: &[(&str, &str)]) -> Result<Config, ConfigMistakes> {
        let required = REQUIRED.iter().map(|name| (*name, "value"));
        let vars: BTreeMap<_, _> = required.chain(set.iter().copied()).collect();
        Config::from_vars(|name| vars.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn the_defaults_are_as_documented() {
        let config = read(&[]).unwrap();
        assert_eq!(config.user_token_lifetime.as_secs(), 900);
        assert_eq!(config.client_token_lifetime.as_secs(), 3_600);
        assert_eq!(config.refresh.idle.as_secs(), 30 * 86_400);
        assert_eq!(config.refresh.total.unwrap().as_secs(), 90 * 86_400);
        assert_eq!(config.refresh.grace.as_secs(), 60);
        assert_eq!(config.password_policy.shortest, 15);
        assert_eq!(config.limits.login_by_name_and_address, Limit { most: 10, window: Duration::from_secs(900) });
        assert_eq!(config.limits.register_by_address, Limit { most: 20, window: Duration::from_secs(3_600) });
        assert_eq!(config.signing_algorithm, SigningAlgorithm::RS256);
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let mistakes = read(&[
            ("USERS_TABLE", ""),
            ("ISSUER_URL", "http://auth.example.com"),
            ("SIGNING_ALGORITHM", "HS256"),
            ("USER_TOKEN_SECONDS", "1h"),
            ("ALLOWED_ORIGINS", "app.example.com"),
            ("ADMIN_USER_IDS", "ada"),
            ("LOG_LEVEL", "loud"),
            ("PASSWORD_MINIMUM", "4"),
            ("BREACHED_PASSWORDS_URL", "https://api.pwnedpasswords.com/range"),
        ]);
        assert_eq!(mistakes.unwrap_err().0.len(), 9);
        assert_eq!(Config::from_vars(|_| None).unwrap_err().0.len(), REQUIRED.len());
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        let default = format!("{:?}", read(&[]).unwrap());
        for (name, value) in OPTIONAL {
            assert_eq!(format!("{:?}", read(&[(name, "")]).unwrap()), default, "{name} empty");
            assert_eq!(format!("{:?}", read(&[(name, value)]).unwrap()) == default, name == "UNRELATED", "{name} set");
        }
        for name in REQUIRED {
            assert_eq!(read(&[(name, " ")]).unwrap_err().0, [format!("{name} must be set")]);
        }
    }

    const UPSTREAM: [(&str, &str); 3] = [
        ("UPSTREAM_ISSUER", "https://accounts.example.com"),
        ("UPSTREAM_CLIENT_ID", "client"),
        ("UPSTREAM_SECRET", "secret"),
    ];

    #[test]
    fn an_upstream_provider_is_complete_or_absent() {
        let with = |more: &[(&str, &str)]| {
            read(&[&UPSTREAM[..], more].concat()).map(|config| config.upstreams.into_iter().next())
        };
        let plain = with(&[]).unwrap().unwrap();
        assert_eq!((plain.name.as_str(), plain.mode), ("accounts.example.com", Mode::Offer));
        assert_eq!(plain.scopes, ["profile", "email"]);
        for (name, value) in [
            ("UPSTREAM_NAME", "Acme"),
            ("UPSTREAM_MODE", "only"),
            ("UPSTREAM_SCOPES", "openid email"),
            ("UPSTREAM_RESPONSE_MODE", "form_post"),
            ("UPSTREAM_LOGO_URL", "https://acme.example/logo.svg"),
            ("UPSTREAM_ISSUER", "https://other.example.com"),
            ("UPSTREAM_CLIENT_ID", "other"),
            ("UPSTREAM_SECRET", "other"),
        ] {
            assert_ne!(with(&[(name, value)]).unwrap().unwrap(), plain, "{name} set");
            let empty = with(&[(name, " ")]);
            match name {
                "UPSTREAM_ISSUER" => assert_eq!(empty.unwrap(), None),
                "UPSTREAM_CLIENT_ID" | "UPSTREAM_SECRET" => {
                    assert_eq!(empty.unwrap_err().0, [format!("{name} must be set")]);
                }
                _ => assert_eq!(empty.unwrap().unwrap(), plain, "{name} empty"),
            }
        }
        let wrong = [
            ("UPSTREAM_ISSUER", "http://accounts.example.com"),
            ("UPSTREAM_MODE", "both"),
            ("UPSTREAM_RESPONSE_MODE", "fragment"),
        ];
        assert_eq!(with(&wrong).unwrap_err().0.len(), 3);
        let several = [("UPSTREAM_ISSUER", "https://login.microsoftonline.com/{tenantid}/v2.0")];
        let url = |more: &[(&str, &str)]| {
            with(&[&several[..], more].concat()).unwrap().unwrap().issuer.metadata_url().path().to_owned()
        };
        assert_eq!(url(&[]), "/organizations/v2.0/.well-known/openid-configuration");
        assert_eq!(url(&[("UPSTREAM_TENANT", "common")]), "/common/v2.0/.well-known/openid-configuration");
        let common = with(&[("UPSTREAM_ISSUER", "https://login.microsoftonline.com/common/v2.0")]).unwrap_err().0;
        assert!(common[0].starts_with("UPSTREAM_ISSUER is no issuer at Microsoft: it must have the id of a tenant"));
        assert_eq!(with(&[("UPSTREAM_TENANT", "a/b")]).unwrap_err().0.len(), 1);
        let alone = read(&UPSTREAM[1..]).unwrap();
        assert!(alone.upstreams.is_empty(), "without an issuer there is no provider");
    }

    #[test]
    fn further_providers_are_a_list_beside_the_first() {
        let with = |list: &str| {
            read(&[&UPSTREAM[..], &[("UPSTREAM_PROVIDERS", list)]].concat()).map(|config| config.upstreams)
        };
        let apple = r#"{"issuer": "https://appleid.apple.com", "client_id": "web", "name": "Apple", "response_mode": "form_post"}"#;
        let entra =
            r#"{"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0", "client_id": "m", "tenant": "common"}"#;
        let all = with(&format!("[{apple}, {entra}]")).unwrap();
        let shown: Vec<_> = all.iter().map(|provider| (provider.name.as_str(), provider.is_first)).collect();
        assert_eq!(shown, [("accounts.example.com", true), ("Apple", false), ("login.microsoftonline.com", false)]);
        assert_eq!(with("[]").unwrap().len(), 1);
        for (bad, mistake) in [
            ("{}", "must be a JSON list"),
            (r#"[{"issuer": "https://a.example"}]"#, "missing field `client_id`"),
            (r#"[{"issuer": "https://a.example", "client_id": "a", "nmae": "A"}]"#, "unknown field `nmae`"),
            (
                r#"[{"issuer": "http://a.example", "client_id": "a"}]"#,
                "(http://a.example) whose issuer must be an https URL",
            ),
            (r#"[{"issuer": "https://a.example", "client_id": " "}]"#, "whose client_id is empty"),
            (r#"[{"issuer": "https://a.example", "client_id": "a", "logo": "x"}]"#, "whose logo must be an https URL"),
            (r#"[{"issuer": "https://accounts.example.com", "client_id": "a"}]"#, "names an issuer twice"),
            (&format!("[{}]", [apple; 8].join(",")), "must have at most 7 providers"),
        ] {
            let mistakes = with(bad).unwrap_err().0;
            assert!(
                mistakes[0].starts_with("UPSTREAM_PROVIDERS ") && mistakes[0].contains(mistake),
                "{bad} {mistakes:?}"
            );
        }
        let alone = read(&[("UPSTREAM_PROVIDERS", "[]")]).unwrap_err().0;
        assert_eq!(alone, ["UPSTREAM_PROVIDERS needs UPSTREAM_ISSUER, the first provider"]);
    }

    #[test]
    fn an_issuer_is_an_https_origin() {
        assert_eq!(read(&[("ISSUER_URL", "http://127.0.0.1:8788")]).unwrap().issuer.unwrap(), "http://127.0.0.1:8788");
        for bad in [
            "auth.example.com",
            "https://auth.example.com/",
            "https://auth.example.com/prod",
            "https://a.example?x",
            "https://u@a.example",
            "ftp://a.example",
        ] {
            assert!(read(&[("ISSUER_URL", bad)]).is_err(), "{bad}");
        }
    }
}
