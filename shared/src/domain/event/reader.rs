//! Which events of an account an app sees.

use super::Event;
use super::built_in::BuiltIn;
use crate::domain::client::id::ClientId;
use crate::domain::oauth::scope::{Scope, ScopeSet};

/// An app that reads the events of an account.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The app.
    pub client_id: &'a ClientId,
    /// What it may read.
    pub scopes: &'a ScopeSet,
}

impl Reader<'_> {
    /// Returns whether the app sees an event: it may read events, and what a built-in one is about. Which other apps the
    /// user has, it does not see.
    pub fn sees(self, event: &Event) -> bool {
        self.scopes.contains(Scope::EVENT_READ)
            && BuiltIn::named(event.kind.as_str()).is_none_or(|kind| self.sees_built_in(kind, event.client_id.as_ref()))
    }

    fn sees_built_in(self, kind: BuiltIn, about: Option<&ClientId>) -> bool {
        let is_for_it = match kind {
            BuiltIn::SessionRevoked => about.is_none_or(|app| app == self.client_id),
            _ if kind.is_about_an_app() => about == Some(self.client_id),
            _ => true,
        };
        is_for_it && kind.scope().is_none_or(|scope| self.scopes.contains(scope))
    }
}
