//! Export of everything that is stored about a user, page by page: an interrupted export continues with the cursor of
//! the last page.
//!
//! Hashes are left out, so nothing is shown of passwords, secrets and tokens.

use async_recursion::async_recursion as boxed;
use serde::Serialize;

use crate::app::App;
use crate::domain::audit::AuditEventId;
use crate::domain::authorization::consent::Consent;
use crate::domain::client::id::AppId;
use crate::domain::contact::ContactId;
use crate::domain::event::Sequence;
use crate::domain::oauth::scope::ScopeSet;
use crate::domain::session::Session;
use crate::domain::session::id::SessionId;
use crate::domain::session::kind::SessionKind;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::identity::UpstreamLink;
use crate::domain::user::{Role, User};
use crate::domain::user_key::UserKey;
use crate::fault::Fault;
use crate::http::view::audit::AuditEventView;
use crate::http::view::client::AppView;
use crate::http::view::contact::ContactView;
use crate::http::view::event::EventView;
use crate::http::view::webhook::AppWebhookView;
use crate::store::EventQuery;

/// How many contacts or events a page has.
const PAGE: usize = 100;
/// How many sessions, consents and apps the first page has: far more than any user has.
const MOST: usize = 1_000;

/// Where an export continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportCursor {
    /// With the contacts after this one.
    Contacts(ContactId),
    /// With the events of the account, after this one.
    Posted(Sequence),
    /// With the audit trail, from its newest event or after this one.
    Events(Option<AuditEventId>),
}

impl ExportCursor {
    /// Reads the `next_cursor` of a page.
    ///
    /// # Errors
    ///
    /// The message to show when it is not a cursor.
    pub fn parse(text: &str) -> Result<Self, String> {
        let cursor = match text.split_once(':') {
            Some(("contacts", id)) => ContactId::parse(id).map(Self::Contacts),
            Some(("posted", place)) => Sequence::parse(place).map(Self::Posted),
            Some(("events", "")) => Some(Self::Events(None)),
            Some(("events", id)) => AuditEventId::parse(id).map(|id| Self::Events(Some(id))),
            _ => None,
        };
        cursor.ok_or_else(|| "must be a next_cursor of an earlier answer".to_owned())
    }

    /// The cursor as a response has it.
    pub fn text(self) -> String {
        match self {
            Self::Contacts(id) => format!("contacts:{id}"),
            Self::Posted(place) => format!("posted:{place}"),
            Self::Events(None) => "events:".to_owned(),
            Self::Events(Some(id)) => format!("events:{id}"),
        }
    }
}

/// A page of an export; a long list continues from page to page.
#[derive(Default, Serialize)]
pub struct Export {
    /// The user, on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserView>,
    /// Their sessions, on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<SessionView>>,
    /// Their user keys, on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_keys: Option<Vec<KeyView>>,
    /// The apps that they consented to, on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    connected_apps: Option<Vec<ConsentView>>,
    /// The apps of their account, on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    apps: Option<Vec<AppView>>,
    /// The webhooks of these apps, on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhooks: Option<Vec<AppWebhookView>>,
    /// The contacts of their account.
    contacts: Vec<ContactView>,
    /// The events of their account, oldest first: those that integrations posted, and built-in ones.
    posted_events: Vec<EventView>,
    /// The audit trail of their account, newest first.
    events: Vec<AuditEventView>,
}

#[derive(Serialize)]
struct UserView {
    id: String,
    account_id: String,
    email: Option<String>,
    email_verified_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    upstream: Vec<LinkView>,
    name: String,
    locale: Option<String>,
    role: Role,
    created_at: String,
}

#[derive(Serialize)]
struct LinkView {
    issuer: String,
    subject: String,
    linked_at: String,
}

#[derive(Serialize)]
struct SessionView {
    id: SessionId,
    kind: &'static str,
    client_id: Option<String>,
    scopes: Option<String>,
    address: String,
    user_agent: String,
    created_at: String,
    last_used_at: String,
    ends_at: String,
    revoked_at: Option<String>,
}

#[derive(Serialize)]
struct KeyView {
    user_key: String,
    name: String,
    created_at: String,
    last_used_at: Option<String>,
    last_used_from: Option<String>,
}

#[derive(Serialize)]
struct ConsentView {
    client_id: String,
    scopes: String,
    resources: Vec<ResourceView>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
struct ResourceView {
    resource: String,
    scopes: String,
}

impl Export {
    /// Reads the page at `cursor`, or the first one, and returns where the next one is: five queries, one batch and
    /// another for each hundred apps for the first page, another batch for its contacts, one query for every other page, with a read and
    /// a query or two for posted events.
    ///
    /// # Errors
    ///
    /// [`Fault`] when the tables cannot be read.
    #[boxed]
    pub async fn page(
        app: &App,
        user: &User,
        cursor: Option<ExportCursor>,
        now: Timestamp,
    ) -> Result<(Self, Option<ExportCursor>), Fault> {
        match cursor {
            Some(ExportCursor::Events(after)) => {
                let (events, next) = app.stores.audit.list(Some(user.account_id), after, PAGE, now).await?;
                let page = Self { events: events.iter().map(AuditEventView::from).collect(), ..Self::default() };
                Ok((page, next.map(|id| ExportCursor::Events(Some(id)))))
            }
            Some(ExportCursor::Posted(after)) => {
                let query = EventQuery { after, kind: None, limit: PAGE };
                let posted = app.stores.events.list(user.account_id, query, now).await?;
                let page =
                    Self { posted_events: posted.events.iter().map(EventView::from).collect(), ..Self::default() };
                Ok((page, Some(posted.next.map_or(ExportCursor::Events(None), ExportCursor::Posted))))
            }
            Some(ExportCursor::Contacts(after)) => Self::default().with_contacts(app, user, Some(after)).await,
            None => Self::of_user(app, user, now).await?.with_contacts(app, user, None).await,
        }
    }

    async fn of_user(app: &App, user: &User, now: Timestamp) -> Result<Self, Fault> {
        let sessions = app.stores.sessions.list(user.id, MOST);
        let keys = futures_util::future::try_join(
            app.stores.users.keys(user.id),
            app.stores.sessions.list_of_keys(user.id, MOST),
        );
        let consents = app.stores.authorizations.consents(user.id, MOST);
        let apps = app.stores.apps.list(user.account_id, None, MOST, true);
        let (sessions, (keys, of_keys), consents, (apps, _)) =
            futures_util::future::try_join4(sessions, keys, consents, apps).await?;
        let ids: Vec<AppId> = apps.iter().filter_map(|app| app.client_id.app_id()).collect();
        let webhooks = app.stores.webhooks.of_apps(&ids).await?;
        let webhooks = webhooks.iter().flat_map(|(id, webhooks)| webhooks.iter().map(|webhook| (*id, webhook)));
        Ok(Self {
            user: Some(user.into()),
            sessions: Some(sessions.iter().chain(&of_keys).map(SessionView::from).collect()),
            user_keys: Some(keys.iter().map(KeyView::from).collect()),
            connected_apps: Some(consents.iter().map(ConsentView::from).collect()),
            apps: Some(apps.iter().map(AppView::from).collect()),
            webhooks: Some(webhooks.map(|(app, webhook)| AppWebhookView::new(app, webhook, now)).collect()),
            ..Self::default()
        })
    }

    async fn with_contacts(
        self,
        app: &App,
        user: &User,
        after: Option<ContactId>,
    ) -> Result<(Self, Option<ExportCursor>), Fault> {
        let (contacts, next) = app.stores.contacts.list(user.account_id, after, PAGE).await?;
        let page = Self { contacts: contacts.iter().map(ContactView::from).collect(), ..self };
        Ok((page, Some(next.map_or(ExportCursor::Posted(Sequence::START), ExportCursor::Contacts))))
    }

    /// Appends the lists of the next page.
    pub fn extend(&mut self, next: Self) {
        self.contacts.extend(next.contacts);
        self.posted_events.extend(next.posted_events);
        self.events.extend(next.events);
    }
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            account_id: user.account_id.to_string(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            email_verified_at: user.email_verified_at.map(Timestamp::to_rfc3339),
            username: user.username.as_ref().map(|username| username.as_str().to_owned()),
            upstream: user.upstream.iter().map(LinkView::from).collect(),
            name: user.name.as_str().to_owned(),
            locale: user.locale.as_ref().map(|locale| locale.as_str().to_owned()),
            role: user.role,
            created_at: user.created_at.to_rfc3339(),
        }
    }
}

impl From<&UpstreamLink> for LinkView {
    fn from(link: &UpstreamLink) -> Self {
        Self {
            issuer: link.identity.issuer.clone(),
            subject: link.identity.subject.clone(),
            linked_at: link.linked_at.to_rfc3339(),
        }
    }
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        let grant = session.kind.grant();
        Self {
            id: session.id,
            kind: match session.kind {
                SessionKind::FirstParty => "api",
                SessionKind::Browser => "browser",
                SessionKind::OauthClient { .. } => "app",
                SessionKind::UserKey { .. } => "user_key",
            },
            client_id: grant.map(|grant| grant.client_id.to_string()),
            scopes: grant.map(|grant| grant.scopes.to_string()),
            address: session.device.address.clone(),
            user_agent: session.device.user_agent.clone(),
            created_at: session.created_at.to_rfc3339(),
            last_used_at: session.rotated_at.to_rfc3339(),
            ends_at: session.ends_at().to_rfc3339(),
            revoked_at: session.revoked_at.map(Timestamp::to_rfc3339),
        }
    }
}

impl From<&UserKey> for KeyView {
    fn from(key: &UserKey) -> Self {
        Self {
            user_key: key.shown().to_string(),
            name: key.name.as_str().to_owned(),
            created_at: key.created_at.to_rfc3339(),
            last_used_at: key.last_used_at.map(Timestamp::to_rfc3339),
            last_used_from: key.last_used_from.clone(),
        }
    }
}

impl From<(&String, &ScopeSet)> for ResourceView {
    fn from((resource, scopes): (&String, &ScopeSet)) -> Self {
        Self { resource: resource.clone(), scopes: scopes.to_string() }
    }
}

impl From<&Consent> for ConsentView {
    fn from(consent: &Consent) -> Self {
        Self {
            client_id: consent.client_id.to_string(),
            scopes: consent.scopes.to_string(),
            resources: consent.resources.iter().map(ResourceView::from).collect(),
            created_at: consent.created_at.to_rfc3339(),
            updated_at: consent.updated_at.to_rfc3339(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_itself() {
        let now = Timestamp::from_seconds(9);
        for cursor in [
            ExportCursor::Contacts(ContactId::generate(now)),
            ExportCursor::Posted(Sequence::START.next()),
            ExportCursor::Events(None),
            ExportCursor::Events(Some(AuditEventId::generate(now))),
        ] {
            assert_eq!(ExportCursor::parse(&cursor.text()), Ok(cursor));
        }
        for bad in ["", "contacts", "contacts:", "events", "events:x", "posted:", "posted:x", "sessions:1", "user#1"] {
            assert!(ExportCursor::parse(bad).is_err(), "{bad}");
        }
    }
}
