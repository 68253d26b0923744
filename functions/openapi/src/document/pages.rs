//! The account pages, and what all pages for users have in common.

use shared::paths::{
    ACCOUNT, CHANGE_EMAIL, CHANGE_PASSWORD, CHANGE_PASSWORD_WELL_KNOWN, CONFIRM_EMAIL, DELETE_ACCOUNT, EXPORT_ACCOUNT,
    FORGOT_PASSWORD, PROFILE, RESET_PASSWORD, USER_KEY, VERIFY_EMAIL,
};

use super::area::Area;
use super::leaving::export;
use super::schemas::next_cursor;
use crate::model::{Caller, Dialect, Field, Operation, Schema, field, get, object, one_of, optional, post, text};

/// The token of a form, and nothing else that is worth a word.
pub(super) fn form_token() -> Field {
    optional("form_token", text()).about("Proves that the form stood on our page in this browser")
}

/// A form of ours with these fields.
pub(super) fn in_forms(fields: impl IntoIterator<Item = Field>) -> Schema {
    object(fields).and([form_token()])
}

pub(super) fn area() -> Area {
    let mailed = || optional("token", text()).about("The token of the mailed link");
    let mut operations = vec![
        shown(ACCOUNT, "account", "The account page"),
        sent(ACCOUNT, "account-post", "End a session or an app's access, or sign out").takes_form(in_forms([
            optional(
                "action",
                one_of(["disconnect", "end-session", "unlink", "sign-out-everywhere", "sign-out", "send-verification"]),
            ),
            optional("client_id", text()).about("Of disconnect"),
            optional("consent_id", text()).about("Of disconnect"),
            optional("session_id", text()).about("Of end-session"),
            optional("provider", text()).about("Of unlink"),
        ])),
        shown(PROFILE, "account-profile", "The page to change name and language"),
        sent(PROFILE, "account-profile-post", "Change name and language")
            .takes_form(in_forms([optional("name", text()), optional("locale", text())])),
        shown(CHANGE_PASSWORD, "account-change-password", "The page to change the password"),
        sent(CHANGE_PASSWORD, "account-change-password-post", "Change the password")
            .takes_form(in_forms([optional("current_password", text()), optional("new_password", text())])),
        shown(CHANGE_EMAIL, "account-change-email", "The page to change the e-mail address").refuses_with([409]),
        sent(CHANGE_EMAIL, "account-change-email-post", "Ask for another e-mail address")
            .takes_form(in_forms([optional("new_email", text()), optional("password", text())])),
        shown(CONFIRM_EMAIL, "account-confirm-email", "Where the link to a new address leads").query([mailed()]),
        sent(CONFIRM_EMAIL, "account-confirm-email-post", "Confirm a new address").takes_form(in_forms([mailed()])),
        shown(VERIFY_EMAIL, "account-verify-email", "Where the link to an address leads").query([mailed()]),
        sent(VERIFY_EMAIL, "account-verify-email-post", "Confirm an address").takes_form(in_forms([mailed()])),
        shown(FORGOT_PASSWORD, "account-forgot-password", "The page to ask for a new password")
            .query([optional("authorization", text())])
            .refuses_with([409]),
        sent(FORGOT_PASSWORD, "account-forgot-password-post", "Ask for a new password")
            .takes_form(in_forms([optional("email", text()), optional("authorization", text())])),
        shown(RESET_PASSWORD, "account-reset-password", "Where the link to a new password leads").query([mailed()]),
        sent(RESET_PASSWORD, "account-reset-password-post", "Choose a new password")
            .takes_form(in_forms([mailed(), optional("password", text())])),
        shown(USER_KEY, "account-key", "The page of a user key").query([optional("key", text())]).refuses_with([404]),
        sent(USER_KEY, "account-key-post", "Name or revoke a user key")
            .takes_form(in_forms([
                optional("key", text()),
                optional("action", text()).about("revoke, or none to name it"),
                optional("name", text()),
            ]))
            .refuses_with([404]),
        shown(EXPORT_ACCOUNT, "account-export", "Leads to the account page"),
        page(post(
            EXPORT_ACCOUNT,
            "account-export-post",
            "Get all that is held about a user, in a file",
            Dialect::Pages,
        ))
        .takes_form(in_forms([]))
        .gives_json(object([field("export", export()), next_cursor(text())]), "The file."),
        shown(DELETE_ACCOUNT, "account-delete", "The page to leave for good"),
        sent(DELETE_ACCOUNT, "account-delete-post", "Leave for good")
            .takes_form(in_forms([optional("password", text())])),
    ];
    let leads = |operation: Operation| operation.leads("The page to change the password.");
    operations.extend([
        leads(get(
            CHANGE_PASSWORD_WELL_KNOWN,
            "account-change-password-well-known",
            "Where passwords are changed",
            Dialect::Pages,
        )),
        leads(post(
            CHANGE_PASSWORD_WELL_KNOWN,
            "account-change-password-well-known-post",
            "Where passwords are changed, by a form",
            Dialect::Pages,
        )),
    ]);
    Area { name: "Account pages", about: "Pages where users see and change what is theirs.", operations }
}

fn page(operation: Operation) -> Operation {
    operation.by(Caller::Browser).leads("The browser goes on: somebody has to sign in first, or it is done.")
}

fn shown(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    page(get(path, id, summary, Dialect::Pages)).shows("The page.")
}

fn sent(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    page(post(path, id, summary, Dialect::Pages)).shows("It is done.").refuses_with([409, 429])
}
