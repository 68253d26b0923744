//! The account page.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::http::Response;
use shared::http::error::page::PageError;
use shared::http::page::{Page, email};
use shared::paths::{
    ACCOUNT, CHANGE_EMAIL, CHANGE_PASSWORD, DELETE_ACCOUNT, EXPORT_ACCOUNT, FORGOT_PASSWORD, OWN_APPS, PROFILE,
    USER_KEY,
};

use crate::overview::{ConnectedApp, HeldApp, LinkedProvider, Overview, ShownKey, ShownSession};
use crate::signed_in_page::SignedInPage;
use shared::http::page::moment::{date, moment};

/// Shows the page.
pub(crate) async fn show(at: SignedInPage<'_>) -> Result<Response, PageError> {
    let overview = Overview::read(at.app, at.session, at.user, at.browser.now).await?;
    let token = at.hidden().await?;
    let export = at.hidden_for(EXPORT_ACCOUNT).await?;
    let content = html! {
        h1 { "Your account" }
        p.lead { "Created on " (date(overview.since)) "." }
        @if !overview.is_email_settled { (unverified(&token)) }
        ul.rows {
            (setting("Name", &html! { (overview.name) }, PROFILE))
            @if let Some(username) = &overview.username {
                li.row.setting { p.quiet { "Sign-in name" } p.value { (username) } }
            }
            @match &overview.email {
                Some(address) => (setting("E-mail address", &html! { (email(address)) }, CHANGE_EMAIL)),
                None => (setting("E-mail address", &html! { "none" }, CHANGE_EMAIL)),
            }
            @if overview.has_password {
                (setting("Password", &html! { "••••••••" }, CHANGE_PASSWORD))
            } @else if overview.email.is_some() {
                (setting("Password", &html! { "none" }, FORGOT_PASSWORD))
            }
        }
        @if !overview.held_apps.is_empty() {
            h2 { "Apps to keep or delete" }
            p.quiet { "These apps were created in your account before your address was confirmed. They do not work until you keep them. Delete those that you do not know." }
            ul.rows { @for app in &overview.held_apps { (held(app, &token)) } }
        }
        @if !overview.providers.is_empty() {
            h2 { "Other ways to sign in" }
            ul.rows { @for provider in &overview.providers { (linked(provider, &token)) } }
        }
        h2 { "Connected apps" }
        @if overview.apps.is_empty() {
            p.quiet { "No app has access to your account. Apps that you allow are listed here." }
        } @else {
            ul.rows { @for app in &overview.apps { (connected(app, &token)) } }
        }
        p.quiet { a href=(OWN_APPS) { "Apps that you created" } }
        h2 { "User keys" }
        @if overview.keys.is_empty() {
            p.quiet { "No script has a key to your account. Keys that you create are listed here." }
        } @else {
            ul.rows { @for key in &overview.keys { (user_key(key)) } }
        }
        h2 { "Where you are signed in" }
        ul.rows { @for session in &overview.sessions { (signed_in(session, &token)) } }
        div.actions {
            (button(&token, "sign-out", &[], "Sign out", "", None))
            (button(&token, "sign-out-everywhere", &[], "Sign out everywhere", "danger", None))
        }
        p.hint {
            "“Sign out everywhere” ends every session on every device. Connected apps must then ask you to sign in again."
            @if overview.keys.iter().any(|key| key.is_valid) { " Scripts can sign in again with their keys." }
        }
        h2 { "Your data" }
        div.actions {
            form method="post" action=(EXPORT_ACCOUNT) { (export) button type="submit" { "Download your data" } }
            a.button.danger href=(DELETE_ACCOUNT) { "Delete your account" }
        }
    };
    let page = Page { status: StatusCode::OK, title: "Your account", content, is_wide: true };
    let mut response = page.response(&at.app.config.brand);
    at.browser.guard.remember(&mut response);
    Ok(response)
}

/// A setting of the user, with the link to change it.
fn setting(label: &str, value: &Markup, address: &str) -> Markup {
    html! {
        li.row.setting {
            p.quiet { (label) }
            p.value { (value) }
            a.button.small href=(address) aria-label={ "Change: " (label) } { "Change" }
        }
    }
}

fn unverified(token: &Markup) -> Markup {
    html! {
        div.warning {
            p { "Your e-mail address is not confirmed yet. Follow the link that we mailed to you, or get a new one." }
            (button(token, "send-verification", &[], "Mail me a new link", "small", None))
        }
    }
}

fn linked(provider: &LinkedProvider, token: &Markup) -> Markup {
    html! {
        li.row {
            div {
                p.title { (provider.name) }
                p.quiet { "Linked on " (date(provider.since)) }
                @if provider.is_spare { p.quiet { "Unlinking it also ends all your other sessions." } }
                @if !provider.is_spare { p.quiet { "To unlink it, first choose a password, so that you can still sign in." } }
            }
            @if provider.is_spare {
                (button(token, "unlink", &[("provider", &provider.key)], "Unlink", "small danger", Some(&provider.name)))
            }
        }
    }
}

fn connected(app: &ConnectedApp, token: &Markup) -> Markup {
    let (client_id, consent_id) = (app.client_id.to_string(), app.consent_id.to_string());
    let about = [("client_id", client_id.as_str()), ("consent_id", consent_id.as_str())];
    html! {
        li.row {
            div {
                p.title { (app.name) }
                @for access in &app.access {
                    p.quiet { @if let Some(place) = &access.place { "At " (place) ": " } (access.scopes.join(" · ")) }
                }
                @if !app.made.is_empty() { p.quiet { "It created: " (app.made.join(", ")) ". They stop working when you disconnect it." } }
                p.quiet {
                    "Since " (date(app.since))
                    @if let Some(last_used) = app.last_used { ", last used " (moment(last_used)) }
                }
            }
            (button(token, "disconnect", &about, "Disconnect", "small danger", Some(&app.name)))
        }
    }
}

fn held(app: &HeldApp, token: &Markup) -> Markup {
    let id = app.id.to_string();
    html! {
        li.row {
            div {
                p.title { (app.name) }
                p.quiet { "Created " (moment(app.since)) }
            }
            (button(token, "keep-app", &[("app", &id)], "Keep", "small", Some(&app.name)))
            (button(token, "delete-app", &[("app", &id)], "Delete", "small danger", Some(&app.name)))
        }
    }
}

fn user_key(shown: &ShownKey) -> Markup {
    let ShownKey { key, is_valid } = shown;
    let address = format!("{USER_KEY}?key={}", key.id);
    html! {
        li.row {
            div {
                p.title { (key.name) @if !is_valid { " " span.tag { "no longer works" } } }
                p.quiet { code { (key.shown()) } }
                p.quiet {
                    "Created on " (date(key.created_at))
                    @match (key.last_used_at, &key.last_used_from) {
                        (Some(last_used), Some(from)) => { ", last used " (moment(last_used)) " from " (from) },
                        _ => { ", never used" },
                    }
                }
            }
            a.button.small href=(address) aria-label={ "Change: " (key.name) } { "Change" }
        }
    }
}

fn signed_in(session: &ShownSession, token: &Markup) -> Markup {
    let id = session.id.to_string();
    html! {
        li.row {
            div {
                p.title { (session.device) @if session.is_this_one { " " span.tag { "this browser" } } }
                p.quiet { "Signed in " (moment(session.began)) " from " (session.address) }
                @if session.last_used > session.began { p.quiet { "Last used " (moment(session.last_used)) } }
            }
            @if !session.is_this_one {
                (button(token, "end-session", &[("session_id", &id)], "End", "small danger", Some(&session.device)))
            }
        }
    }
}

/// A button that is a form of its own; `of` names for screen readers what it belongs to.
fn button(token: &Markup, action: &str, about: &[(&str, &str)], label: &str, class: &str, of: Option<&str>) -> Markup {
    let spoken = of.map(|of| format!("{label}: {of}"));
    html! {
        form method="post" action=(ACCOUNT) {
            (token)
            @for (name, value) in about { input type="hidden" name=(name) value=(value); }
            button class=(class) type="submit" name="action" value=(action) aria-label=[spoken] { (label) }
        }
    }
}
