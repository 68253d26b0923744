//! The account pages, and common parts of all pages.

use shared::paths::{
    ACCOUNT, CHANGE_EMAIL, CHANGE_PASSWORD, CHANGE_PASSWORD_WELL_KNOWN, CONFIRM_EMAIL, DELETE_ACCOUNT, EXPORT_ACCOUNT,
    FORGOT_PASSWORD, NOT_ME, OWN_APPS, PROFILE, RESET_PASSWORD, RESTORE_ACCOUNT, USER_KEY, VERIFY_EMAIL,
};

use super::area::Area;
use super::deletion::export;
use super::schemas::next_cursor;
use crate::model::{Caller, Dialect, Field, Operation, Schema, field, get, object, one_of, optional, post, string};

/// The token of a form.
pub(super) fn form_token() -> Field {
    optional("form_token", string()).about("Proves that the form was shown by our page in this browser")
}

/// A form of ours with these fields.
pub(super) fn in_forms(fields: impl IntoIterator<Item = Field>) -> Schema {
    object(fields).and([form_token()])
}

pub(super) fn area() -> Area {
    let mailed = || optional("token", string()).about("The token of the mailed link");
    let mut operations = vec![
        shown(ACCOUNT, "account", "The account page"),
        sent(ACCOUNT, "account-post", "End a session, disconnect an app or sign out").takes_form(in_forms([
            optional(
                "action",
                one_of([
                    "disconnect",
                    "end-session",
                    "unlink",
                    "keep-app",
                    "delete-app",
                    "sign-out-everywhere",
                    "sign-out",
                    "send-verification",
                ]),
            ),
            optional("client_id", string()).about("For disconnect"),
            optional("consent_id", string()).about("For disconnect"),
            optional("session_id", string()).about("For end-session"),
            optional("provider", string()).about("For unlink"),
            optional("app", string()).about("For keep-app and delete-app"),
        ])),
        shown(PROFILE, "account-profile", "The page to change name and language"),
        sent(PROFILE, "account-profile-post", "Change name and language")
            .takes_form(in_forms([optional("name", string()), optional("locale", string())])),
        shown(CHANGE_PASSWORD, "account-change-password", "The page to change the password"),
        sent(CHANGE_PASSWORD, "account-change-password-post", "Change the password")
            .takes_form(in_forms([optional("current_password", string()), optional("new_password", string())])),
        shown(CHANGE_EMAIL, "account-change-email", "The page to change the e-mail address").refuses_with([409]),
        sent(CHANGE_EMAIL, "account-change-email-post", "Request a change of the e-mail address")
            .takes_form(in_forms([optional("new_email", string()), optional("password", string())])),
        shown(CONFIRM_EMAIL, "account-confirm-email", "The page of the link that confirms a new address")
            .query([mailed()]),
        sent(CONFIRM_EMAIL, "account-confirm-email-post", "Confirm a new address").takes_form(in_forms([
            mailed(),
            optional("password", string()).about("Of the account, unless its user is signed in"),
        ])),
        shown(VERIFY_EMAIL, "account-verify-email", "The page of the link that verifies an address").query([mailed()]),
        sent(VERIFY_EMAIL, "account-verify-email-post", "Verify an address, or say that it is not yours").takes_form(
            in_forms([
                mailed(),
                optional("action", one_of(["confirm", "disown"])),
                optional("password", string()).about("Of the account, unless its user is signed in"),
            ]),
        ),
        shown(NOT_ME, "account-not-me", "The page of the link to say that it was not you").query([mailed()]),
        sent(NOT_ME, "account-not-me-post", "End what was not set up by you").takes_form(in_forms([mailed()])),
        shown(RESTORE_ACCOUNT, "account-restore", "The page to keep an account that was deleted").query([mailed()]),
        sent(RESTORE_ACCOUNT, "account-restore-post", "Keep an account that was deleted")
            .takes_form(in_forms([mailed()])),
        shown(FORGOT_PASSWORD, "account-forgot-password", "The page to request a password reset")
            .query([optional("authorization", string())])
            .refuses_with([409]),
        sent(FORGOT_PASSWORD, "account-forgot-password-post", "Request a password reset")
            .takes_form(in_forms([optional("email", string()), optional("authorization", string())])),
        shown(RESET_PASSWORD, "account-reset-password", "The page of the link that resets the password")
            .query([mailed()]),
        sent(RESET_PASSWORD, "account-reset-password-post", "Set a new password")
            .takes_form(in_forms([mailed(), optional("password", string())])),
        shown(USER_KEY, "account-key", "The page of a user key").query([optional("key", string())]).refuses_with([404]),
        sent(USER_KEY, "account-key-post", "Rename or revoke a user key")
            .takes_form(in_forms([
                optional("key", string()),
                optional("action", string()).about("revoke; without it, the key is renamed"),
                optional("name", string()),
            ]))
            .refuses_with([404]),
        shown(OWN_APPS, "account-apps", "The page of the apps that a user created"),
        sent(OWN_APPS, "account-apps-post", "End the registration access token of an app")
            .takes_form(in_forms([optional("app", string()), optional("action", string())]))
            .refuses_with([404]),
        shown(EXPORT_ACCOUNT, "account-export", "Redirects to the account page"),
        page(post(EXPORT_ACCOUNT, "account-export-post", "Download all data about a user as a file", Dialect::Pages))
            .takes_form(in_forms([]))
            .gives_json(object([field("export", export()), next_cursor(string())]), "The file."),
        shown(DELETE_ACCOUNT, "account-delete", "The page to delete the account"),
        sent(DELETE_ACCOUNT, "account-delete-post", "Delete the account")
            .takes_form(in_forms([optional("password", string())])),
    ];
    let leads = |operation: Operation| operation.leads("The page to change the password.");
    operations.extend([
        leads(get(
            CHANGE_PASSWORD_WELL_KNOWN,
            "account-change-password-well-known",
            "Find the page to change the password",
            Dialect::Pages,
        )),
        leads(post(
            CHANGE_PASSWORD_WELL_KNOWN,
            "account-change-password-well-known-post",
            "Find the page to change the password, with a form",
            Dialect::Pages,
        )),
    ]);
    Area { name: "Account pages", about: "The pages on which users manage their account.", operations }
}

fn page(operation: Operation) -> Operation {
    operation
        .by(Caller::Browser)
        .leads("The browser is redirected: to the sign-in page, or to the page after a successful action.")
}

fn shown(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    page(get(path, id, summary, Dialect::Pages)).shows("The page.")
}

fn sent(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    page(post(path, id, summary, Dialect::Pages)).shows("The page that confirms the action.").refuses_with([409, 429])
}
