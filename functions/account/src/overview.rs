//! The data of the account page.

use shared::app::App;
use shared::domain::authorization::consent::{Consent, ConsentId};
use shared::domain::client::Client;
use shared::domain::client::id::{AppId, ClientId};
use shared::domain::oauth::scope::Scope;
use shared::domain::session::Session;
use shared::domain::session::id::SessionId;
use shared::domain::session::kind::SessionKind;
use shared::domain::types::email::EmailAddress;
use shared::domain::types::timestamp::Timestamp;
use shared::domain::upstream::identity::UpstreamLink;
use shared::domain::user::User;
use shared::domain::user_key::UserKey;
use shared::fault::Fault;

use crate::device;

/// The maximum number of sessions that are read, and of those that are shown.
const SESSIONS: usize = 200;
const SHOWN: usize = 30;
/// The maximum number of connected apps.
const APPS: usize = 500;

/// What the account page shows.
pub(crate) struct Overview {
    pub(crate) name: String,
    pub(crate) email: Option<EmailAddress>,
    pub(crate) username: Option<String>,
    pub(crate) has_password: bool,
    /// Whether the address needs no verification: there is none, it is verified, or this deployment sends no mail.
    pub(crate) is_email_settled: bool,
    pub(crate) since: Timestamp,
    /// The user's identities at other providers.
    pub(crate) providers: Vec<LinkedProvider>,
    pub(crate) sessions: Vec<ShownSession>,
    pub(crate) apps: Vec<ConnectedApp>,
    pub(crate) keys: Vec<ShownKey>,
    /// The apps of the account that were made before the address was verified.
    pub(crate) held_apps: Vec<HeldApp>,
}

/// A key of the user.
pub(crate) struct ShownKey {
    pub(crate) key: UserKey,
    /// Whether it works.
    pub(crate) is_valid: bool,
}

/// An app that waits for the user to keep or delete it.
pub(crate) struct HeldApp {
    pub(crate) id: AppId,
    pub(crate) name: String,
    pub(crate) since: Timestamp,
}

/// A provider with which the user can sign in.
pub(crate) struct LinkedProvider {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) since: Timestamp,
    /// Whether the user can sign in without it.
    pub(crate) is_spare: bool,
}

/// A session of the user.
pub(crate) struct ShownSession {
    pub(crate) id: SessionId,
    pub(crate) device: String,
    pub(crate) address: String,
    pub(crate) began: Timestamp,
    pub(crate) last_used: Timestamp,
    pub(crate) is_this_one: bool,
}

/// What an app may do at an API.
pub(crate) struct Access {
    /// The API, unless it is our own.
    pub(crate) place: Option<String>,
    pub(crate) scopes: Vec<String>,
}

/// An app to which the user consented.
pub(crate) struct ConnectedApp {
    pub(crate) client_id: ClientId,
    pub(crate) consent_id: ConsentId,
    pub(crate) name: String,
    pub(crate) access: Vec<Access>,
    pub(crate) since: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
    /// The names of the apps that it made, which fall with it.
    pub(crate) made: Vec<String>,
}

impl Overview {
    /// Loads it: three concurrent queries, one batch for the apps' names, and the apps of the account where the page
    /// needs them.
    pub(crate) async fn read(app: &App, this: &Session, user: &User, now: Timestamp) -> Result<Self, Fault> {
        let sessions = app.stores.sessions.list(user.id, SESSIONS);
        let consents = app.stores.authorizations.consents(user.id, APPS);
        let keys = app.stores.users.keys(user.id);
        let (sessions, consents, keys) = futures_util::future::try_join3(sessions, consents, keys).await?;
        let consents: Vec<Consent> = consents.into_iter().filter(|consent| consent.is_valid_for(user)).collect();
        let own = own_apps(app, user, &consents).await?;
        let clients = app.stores.apps.find_all(consents.iter().map(|consent| &consent.client_id)).await?;
        let live: Vec<Session> = sessions.into_iter().filter(|session| session.is_live(user, now)).collect();
        let mut apps: Vec<_> = consents.iter().map(|consent| connected(app, consent, &clients, &live, &own)).collect();
        // Times have whole seconds; apps of the same second are sorted by name, so that the order is stable.
        apps.sort_by(|one, other| other.since.cmp(&one.since).then_with(|| one.name.cmp(&other.name)));
        let is_shown = |session: &&Session| matches!(session.kind, SessionKind::Browser | SessionKind::FirstParty);
        let mut sessions: Vec<_> = live.iter().filter(is_shown).map(|session| shown(session, this)).collect();
        sessions.sort_by_key(|session| std::cmp::Reverse((session.is_this_one, session.last_used)));
        sessions.truncate(SHOWN);
        Ok(Self {
            name: user.name.as_str().to_owned(),
            email: user.email.clone(),
            username: user.username.as_ref().map(|username| username.as_str().to_owned()),
            has_password: user.password_hash.is_some(),
            is_email_settled: user.email.is_none() || user.is_email_verified() || app.config.mail_from.is_none(),
            since: user.created_at,
            providers: user.upstream.iter().map(|link| provider(app, user, link)).collect(),
            sessions,
            apps,
            keys: keys.into_iter().map(|key| ShownKey { is_valid: key.is_valid_for(user), key }).collect(),
            held_apps: own.iter().filter_map(|app| held(app, user)).collect(),
        })
    }
}

/// The apps of the account, if one of them may wait for the user, or if a connected app may have made one: only those
/// with `app_write` can.
async fn own_apps(app: &App, user: &User, consents: &[Consent]) -> Result<Vec<Client>, Fault> {
    let may_be_made = consents.iter().any(|consent| consent.scopes.contains(Scope::APP_WRITE));
    if user.apps_from.is_first() && !may_be_made {
        return Ok(Vec::new());
    }
    app.stores.apps.list(user.account_id, None, APPS, false).await.map(|(apps, _)| apps)
}

fn is_made_by(app: &Client, consent: &Consent) -> bool {
    app.made_by.as_ref().is_some_and(|maker| maker.consent_id == Some(consent.id))
}

fn held(app: &Client, user: &User) -> Option<HeldApp> {
    app.owner.filter(|owner| owner.is_held_by(user))?;
    let name = app.metadata.name.as_str().to_owned();
    Some(HeldApp { id: app.client_id.app_id()?, name, since: app.created_at })
}

fn provider(app: &App, user: &User, link: &UpstreamLink) -> LinkedProvider {
    LinkedProvider {
        key: link.identity.key(),
        name: app.config.upstream_name(&link.identity.issuer),
        since: link.linked_at,
        is_spare: user.can_do_without(&link.identity),
    }
}

fn shown(session: &Session, this: &Session) -> ShownSession {
    ShownSession {
        id: session.id,
        device: device::describe(&session.device.user_agent),
        address: session.device.address.clone(),
        began: session.created_at,
        last_used: session.rotated_at,
        is_this_one: session.id == this.id,
    }
}

fn access(app: &App, consent: &Consent) -> Vec<Access> {
    let ours = (None, &consent.scopes);
    let others = consent.resources.iter();
    let others = others.map(|(resource, scopes)| (Some(app.config.resources.title_of(resource)), scopes));
    let all = std::iter::once(ours).chain(others).filter(|(_, scopes)| !scopes.is_empty());
    let sentences = |scopes| app.config.scopes.sentences(scopes).map(str::to_owned).collect();
    all.map(|(place, scopes)| Access { place, scopes: sentences(scopes) }).collect()
}

fn connected(app: &App, consent: &Consent, clients: &[Client], live: &[Session], own: &[Client]) -> ConnectedApp {
    let client = clients.iter().find(|client| client.client_id == consent.client_id);
    let is_by_it = |session: &&Session| session.kind.grant().is_some_and(|grant| grant.consent_id == consent.id);
    ConnectedApp {
        client_id: consent.client_id.clone(),
        consent_id: consent.id,
        name: client.map_or_else(
            || "An app that no longer exists".to_owned(),
            |client| client.metadata.name.as_str().to_owned(),
        ),
        access: access(app, consent),
        since: consent.created_at,
        made: own.iter().filter(|app| is_made_by(app, consent)).map(|app| app.metadata.name.to_string()).collect(),
        last_used: live.iter().filter(is_by_it).map(|session| session.rotated_at).max(),
    }
}
