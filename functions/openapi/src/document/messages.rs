//! What is sent to the webhooks of apps.

use shared::domain::event::built_in::BuiltIn;

use super::events::kind;
use crate::model::{
    Field, Message, Schema, any_object, constant, field, integer, list, object, one_of, string, time, uuid,
};

/// Every message.
pub(super) fn messages() -> Vec<Message> {
    let posted = Message::new("event", "An event that an integration posted", event(kind(), any_object()));
    let test = message(constant("webhook.test"), object([]));
    let test = Message::new("webhook.test", "A test, for which the app's maker asked", test);
    let built_in = BuiltIn::ALL.into_iter().map(|kind| {
        let (summary, data) = told_by(kind);
        Message::new(kind.name(), summary, event(constant(kind.name()), object(data)))
    });
    [posted].into_iter().chain(built_in).chain([test]).collect()
}

/// What a built-in event says, and its data.
fn told_by(kind: BuiltIn) -> (&'static str, Vec<Field>) {
    let scopes = || vec![field("scopes", list(string())).about("The scopes of the consent")];
    let contact = || vec![field("contact_id", uuid())];
    match kind {
        BuiltIn::AppInstalled => ("The user consented to the app", scopes()),
        BuiltIn::AppUninstalled => ("The user's consent to the app ended", scopes()),
        BuiltIn::UserCreated => ("The user registered, or was imported", vec![]),
        BuiltIn::UserUpdated => ("The user changed their profile", vec![]),
        BuiltIn::UserEmailChanged => ("The user's e-mail address was changed", vec![]),
        BuiltIn::UserEmailVerified => ("The user's e-mail address was verified", vec![]),
        BuiltIn::UserDisabled => ("An operator disabled the user", vec![]),
        BuiltIn::UserEnabled => ("An operator enabled the user again", vec![]),
        BuiltIn::UserDeleted => ("The user deleted their account", vec![]),
        BuiltIn::UserRestored => ("The user undid the deletion of their account", vec![]),
        BuiltIn::ContactCreated => ("A contact was created", contact()),
        BuiltIn::ContactUpdated => {
            let changed = field("changed", list(one_of(["email", "name", "attributes"]))).about("What was changed");
            ("A contact was changed", [contact(), vec![changed]].concat())
        }
        BuiltIn::ContactDeleted => ("A contact was deleted", contact()),
        BuiltIn::SessionRevoked => {
            let reasons = [
                "code_replayed",
                "refresh_token_replayed",
                "signed_out_everywhere",
                "password_changed",
                "password_reset",
                "provider_unlinked",
            ];
            let about =
                "Why. The first two are about one session of the app, the others about all sessions of the user";
            ("Sessions ended before their time", vec![field("reason", one_of(reasons)).about(about)])
        }
    }
}

/// An event of an account, of this type and with this data.
fn event(kind: Schema, data: Schema) -> Schema {
    message(kind, data).and([
        field("sequence", integer().with("minimum", 1)).about("The event's number in the account"),
        field("created_at", time()),
        field("client_id", string().or_null())
            .about("The app that posted the event, or that a built-in event is about"),
        field("user_id", uuid())
            .about("The user who posted the event, for whom the app posted it, or whom a built-in event is about"),
    ])
}

/// A message of this type and with this data.
fn message(kind: Schema, data: Schema) -> Schema {
    object([
        field("id", uuid()).about("The message, as in the header webhook-id"),
        field("type", kind),
        field("orgId", uuid()).about("The account, as in account_id"),
        field("account_id", uuid()),
        field("occurred_at", time()),
        field("data", data),
    ])
}
