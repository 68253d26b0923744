//! The forms of what the table `Authorizations` stores.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::authorization::code::AuthorizationCode;
use crate::domain::authorization::consent::{Approval, Consent, ConsentId};
use crate::domain::authorization::device::{DeviceAnswer, DeviceAuthorization, UserCode};
use crate::domain::authorization::pushed::PushedRequest;
use crate::domain::authorization::{AuthorizationId, AuthorizationRequest, PendingAuthorization};
use crate::domain::client::id::ClientId;
use crate::domain::client::version::AppIdentity;
use crate::domain::crypto::mac_keys::MacKeyId;
use crate::domain::crypto::secret::SecretHash;
use crate::domain::oauth::pkce::CodeChallenge;
use crate::domain::oauth::scope::ScopeSet;
use crate::domain::session::id::SessionId;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::id::WriteId;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::upstream::attempt::UpstreamAttempt;
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::upstream::pending_link::{PendingLink, PendingLinkId};
use crate::domain::user::UserId;
use crate::domain::user::generation::AuthenticatorGeneration;

/// How long after its expiry an item is stored: a replay is detected for as long as any access token of it could live.
pub(super) const KEPT: std::time::Duration = std::time::Duration::from_secs(86_400);

/// How long after its expiry a pending authorization is stored: a late answer gets a page that explains. Anyone can have
/// one stored, and nothing was issued for it, so it is short.
pub(super) const LATE: std::time::Duration = std::time::Duration::from_secs(3_600);

/// An item with DynamoDB's time to live: garbage collection only, nothing decides by it.
#[derive(Serialize)]
pub(super) struct Expiring<T> {
    #[serde(flatten)]
    pub(super) item: T,
    pub(super) expires_at: Timestamp,
}

/// The form of a pending authorization in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "PendingAuthorization")]
struct PendingItem {
    id: AuthorizationId,
    request: AuthorizationRequest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session_id: Option<SessionId>,
    created_at: Timestamp,
    ends_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answered_at: Option<Timestamp>,
}

/// A pending authorization as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredPending(#[serde(with = "PendingItem")] pub(super) PendingAuthorization);

/// The form of a consent in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Consent")]
struct ConsentItem {
    id: ConsentId,
    user_id: UserId,
    client_id: ClientId,
    scopes: ScopeSet,
    /// Absent until the user consents to access at another API, as in the items of versions that did not know it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    resources: BTreeMap<String, ScopeSet>,
    identity: AppIdentity,
    #[serde(default, skip_serializing_if = "AuthenticatorGeneration::is_first")]
    authenticators: AuthenticatorGeneration,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A consent as the table stores it; it does not expire.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredConsent(#[serde(with = "ConsentItem")] pub(super) Consent);

/// The form of a code in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "AuthorizationCode")]
struct CodeItem {
    hash: SecretHash,
    approval: Approval,
    redirect_uri: String,
    /// Absent from the items of versions that did not require the redirect URI again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    names_redirect_uri: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code_challenge: Option<CodeChallenge>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    created_at: Timestamp,
    ends_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
    attempt: WriteId,
}

/// A code as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredCode(#[serde(with = "CodeItem")] pub(super) AuthorizationCode);

/// The form of a device authorization in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "DeviceAuthorization")]
struct DeviceItem {
    user_code: UserCode,
    hash: SecretHash,
    client_id: ClientId,
    scopes: ScopeSet,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    created_at: Timestamp,
    ends_at: Timestamp,
    interval: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    polled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<DeviceAnswer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
    attempt: WriteId,
}

/// A device authorization as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredDevice(#[serde(with = "DeviceItem")] pub(super) DeviceAuthorization);

/// The form of a pushed request in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "PushedRequest")]
struct PushedItem {
    hash: SecretHash,
    request: AuthorizationRequest,
    authorization_id: AuthorizationId,
    created_at: Timestamp,
    ends_at: Timestamp,
    attempt: WriteId,
}

/// A pushed request as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredPushed(#[serde(with = "PushedItem")] pub(super) PushedRequest);

/// The form of an attempt to sign in with the provider in the table. Its hash is in the key alone.
#[derive(Serialize, Deserialize)]
#[serde(remote = "UpstreamAttempt")]
struct AttemptItem {
    #[serde(skip, default = "no_hash")]
    hash: SecretHash,
    browser: SecretHash,
    issuer: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authorization_id: Option<AuthorizationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
    key_id: MacKeyId,
    created_at: Timestamp,
    ends_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
    attempt: WriteId,
}

fn no_hash() -> SecretHash {
    SecretHash::of(&[])
}

/// An attempt to sign in with the provider as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredAttempt(#[serde(with = "AttemptItem")] pub(super) UpstreamAttempt);

/// The form of a pending link in the table.
#[derive(Serialize, Deserialize)]
#[serde(remote = "PendingLink")]
struct PendingLinkItem {
    id: PendingLinkId,
    browser: SecretHash,
    identity: UpstreamIdentity,
    user_id: UserId,
    email: EmailAddress,
    ends_at: Timestamp,
}

/// A pending link as the table stores it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct StoredPendingLink(#[serde(with = "PendingLinkItem")] pub(super) PendingLink);

/// An item whose existence is its only information.
#[derive(Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) attempt: WriteId,
}
