//! Changes of what an account has, and the events that they are.

use serde_json::json;

use super::EventData;
use super::built_in::BuiltIn;
use super::idempotency::Idempotency;
use crate::domain::audit::{AuditAction, AuditEvent, Outcome, RecordedAction};
use crate::domain::authorization::consent::Consent;
use crate::domain::client::id::ClientId;
use crate::domain::contact::Contact;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::user::UserId;

/// A change, as the tables' streams tell it.
#[derive(Clone, Debug)]
pub enum AccountChange {
    /// A contact was created, changed or deleted.
    Contact(ItemChange<Contact>),
    /// A consent was given, changed or ended.
    Consent(ItemChange<Consent>),
    /// The audit trail has a new event.
    Audited(AuditEvent),
}

/// A change of an item: at least one of both is there.
#[derive(Clone, Debug)]
pub struct ItemChange<T> {
    /// The item as it was.
    pub old: Option<T>,
    /// The item as it is.
    pub new: Option<T>,
}

/// A built-in event that is to be recorded.
#[derive(Clone, Debug)]
pub struct Recordable {
    /// What it comes from: recorded twice, the second adds nothing.
    pub once: Idempotency,
    /// The user that it is about, in whose account it is.
    pub user_id: UserId,
    /// The app that it is about, or that did it.
    pub client_id: Option<ClientId>,
    /// Its type.
    pub kind: BuiltIn,
    /// What is known beside the ids. It has no personal data: events outlive what they are about.
    pub data: EventData,
    /// When it happened; none if the change does not tell.
    pub at: Option<Timestamp>,
}

impl AccountChange {
    /// The events that a change is. `record` identifies the record that tells it.
    pub fn events(&self, record: &str) -> Vec<Recordable> {
        match self {
            Self::Contact(change) => change.event(record).into_iter().collect(),
            Self::Consent(change) => change.events(),
            Self::Audited(event) => of_trail(event).into_iter().collect(),
        }
    }

    /// The user whose consents ended with this change, without a change of each.
    pub fn ends_consents_of(&self) -> Option<UserId> {
        match self {
            Self::Audited(event) if event.action == RecordedAction::Known(AuditAction::AuthenticatorsEnded) => {
                event.user_id
            }
            _ => None,
        }
    }
}

impl ItemChange<Contact> {
    fn event(&self, record: &str) -> Option<Recordable> {
        let (kind, contact) = match (&self.old, &self.new) {
            (None, Some(new)) => (BuiltIn::ContactCreated, new),
            (Some(_), Some(new)) => (BuiltIn::ContactUpdated, new),
            (Some(old), None) => (BuiltIn::ContactDeleted, old),
            (None, None) => return None,
        };
        let changed = self.changed();
        if kind == BuiltIn::ContactUpdated && changed.is_empty() {
            return None;
        }
        // A contact of an earlier version does not tell whose it is.
        let by = contact.changed_by.as_ref()?;
        let mut data = vec![("contact_id", json!(contact.id))];
        if kind == BuiltIn::ContactUpdated {
            data.push(("changed", json!(changed)));
        }
        let (is_there, at) = (self.new.is_some(), contact.updated_at);
        Some(Recordable {
            once: Idempotency::of_record(record),
            user_id: by.user_id,
            // Who deleted it is not in the item.
            client_id: by.client_id.clone().filter(|_| is_there),
            kind,
            data: EventData::of(data),
            at: is_there.then_some(at),
        })
    }

    /// The names of the fields that changed.
    fn changed(&self) -> Vec<&'static str> {
        let Some((old, new)) = self.old.as_ref().zip(self.new.as_ref()) else { return Vec::new() };
        let fields = [
            ("email", old.email != new.email),
            ("name", old.name != new.name),
            ("attributes", old.attributes != new.attributes),
        ];
        fields.into_iter().filter_map(|(name, has_changed)| has_changed.then_some(name)).collect()
    }
}

impl ItemChange<Consent> {
    /// A consent with another id is another one: the app was uninstalled, or is another than it was.
    fn events(&self) -> Vec<Recordable> {
        let ids = |consent: &Option<Consent>| consent.as_ref().map(|consent| consent.id);
        if ids(&self.old) == ids(&self.new) {
            return Vec::new();
        }
        let installed = self.new.as_ref().map(|new| of_consent(new, BuiltIn::AppInstalled, Some(new.updated_at)));
        self.old.iter().map(uninstalled).chain(installed).collect()
    }
}

/// The end of a consent, which happens once.
pub fn uninstalled(consent: &Consent) -> Recordable {
    of_consent(consent, BuiltIn::AppUninstalled, None)
}

fn of_consent(consent: &Consent, kind: BuiltIn, at: Option<Timestamp>) -> Recordable {
    Recordable {
        once: Idempotency::of_record(&format!("{}#{}", kind.name(), consent.id)),
        user_id: consent.user_id,
        client_id: Some(consent.client_id.clone()),
        kind,
        data: EventData::of([(SCOPES, json!(consent.scopes))]),
        at,
    }
}

/// The member of an app's event with the scopes of the consent.
pub const SCOPES: &str = "scopes";

/// The event that an event of the audit trail is for readers, if it is one.
fn of_trail(event: &AuditEvent) -> Option<Recordable> {
    let RecordedAction::Known(action) = event.action else { return None };
    let recordable = |user_id: UserId, client_id: Option<ClientId>, kind: BuiltIn, data: EventData| {
        let once = Idempotency::of_record(&event.id.to_string());
        Recordable { once, user_id, client_id, kind, data, at: Some(event.at) }
    };
    if let Some(kind) = done_to_the_user(action) {
        // What an operator does names the user as its subject.
        let subject = event.subject.as_deref().and_then(UserId::parse).filter(|_| may_be_an_operators(action));
        let is_done = event.outcome == Outcome::Succeeded;
        let user = subject.or(event.user_id).filter(|_| is_done)?;
        return Some(recordable(user, None, kind, EventData::default()));
    }
    let reason = ended_sessions(action, event)?;
    let data = EventData::of([("reason", json!(reason))]);
    Some(recordable(event.user_id?, event.client_id.clone(), BuiltIn::SessionRevoked, data))
}

/// What an action that was done is for the user.
const fn done_to_the_user(action: AuditAction) -> Option<BuiltIn> {
    match action {
        AuditAction::UserRegistered | AuditAction::UserImported => Some(BuiltIn::UserCreated),
        AuditAction::UserUpdated => Some(BuiltIn::UserUpdated),
        AuditAction::EmailChanged => Some(BuiltIn::UserEmailChanged),
        AuditAction::EmailVerified => Some(BuiltIn::UserEmailVerified),
        AuditAction::UserDisabled => Some(BuiltIn::UserDisabled),
        AuditAction::UserEnabled => Some(BuiltIn::UserEnabled),
        AuditAction::UserDeleted => Some(BuiltIn::UserDeleted),
        AuditAction::UserRestored => Some(BuiltIn::UserRestored),
        _ => None,
    }
}

const fn may_be_an_operators(action: AuditAction) -> bool {
    matches!(
        action,
        AuditAction::UserImported | AuditAction::UserDisabled | AuditAction::UserEnabled | AuditAction::EmailVerified
    )
}

/// Why sessions of apps ended, if an action ended some. A use of a code or a token that was used before is recorded as
/// refused, and has ended the session.
fn ended_sessions(action: AuditAction, event: &AuditEvent) -> Option<&'static str> {
    let (is_done, is_of_an_app) = (event.outcome == Outcome::Succeeded, event.client_id.is_some());
    match action {
        AuditAction::CodeReplayed if is_of_an_app => Some("code_replayed"),
        AuditAction::RefreshTokenReplayed if is_of_an_app => Some("refresh_token_replayed"),
        AuditAction::UserSignedOutEverywhere if is_done => Some("signed_out_everywhere"),
        AuditAction::PasswordChanged if is_done => Some("password_changed"),
        AuditAction::PasswordReset if is_done => Some("password_reset"),
        AuditAction::UpstreamUnlinked if is_done => Some("provider_unlinked"),
        _ => None,
    }
}
