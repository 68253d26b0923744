//! Pages: server-rendered HTML that needs no script, and the headers that keep them safe.

pub mod browser_context;
pub mod cookie;
pub mod form_guard;
pub mod moment;
pub mod visit;

use std::time::Duration;

use lambda_http::Body;
use lambda_http::http::StatusCode;
use lambda_http::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION, REFERRER_POLICY, RETRY_AFTER, X_FRAME_OPTIONS,
};
use maud::{DOCTYPE, Markup, html};

use crate::domain::brand::{self, Brand};
use crate::domain::types::email::EmailAddress;
use crate::domain::user::User;
use crate::http::reply::{self, Response};

/// A page that is being built.
pub struct Page<'p> {
    /// The status.
    pub status: StatusCode,
    /// What the browser's tab says.
    pub title: &'p str,
    /// What the page shows.
    pub content: Markup,
    /// Whether it needs the width of a list.
    pub is_wide: bool,
}

impl Page<'_> {
    /// The page as a response.
    pub fn response(self, brand: &Brand) -> Response {
        let more = format!("img-src {}; form-action 'self'", brand.image_sources());
        let policy = policy(&brand.style_source, &more);
        document(self.status, &policy, &self.markup(brand))
    }

    fn markup(&self, brand: &Brand) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                (head(brand, self.title, &[]))
                body {
                    (name(brand))
                    main.wide[self.is_wide] { (self.content) }
                }
            }
        }
    }
}

/// A page to read: as wide as it needs, without forms, and with a stylesheet of its own behind that of every page.
pub fn reading_page(brand: &Brand, title: &str, style: &str, content: Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            (head(brand, title, &[style]))
            body {
                (name(brand))
                main { (content) }
            }
        }
    };
    let sources = format!("{} {}", brand.style_source, brand::style_source(style));
    let policy = policy(&sources, &format!("img-src {}; form-action 'self'", brand.image_sources()));
    document(StatusCode::OK, &policy, &markup)
}

/// The name or the logo above a page.
fn name(brand: &Brand) -> Markup {
    html! {
        p.brand {
            @match &brand.logo_url {
                Some(url) => img src=(url) alt=(brand.name);
                None => {
                    span.mark aria-hidden="true" { (brand.name.chars().next().unwrap_or('D')) }
                    (brand.name)
                }
            }
        }
    }
}

/// The head of every page, and the stylesheets that this one has behind the one of all.
fn head(brand: &Brand, title: &str, styles: &[&str]) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="robots" content="noindex";
            title { (title) " – " (brand.name) }
            style { (maud::PreEscaped(&brand.style)) }
            @for style in styles { style { (maud::PreEscaped(style)) } }
        }
    }
}

/// A page that sends a form on by itself, to another origin (OAuth 2.0 Form Post Response Mode §2). Without scripts it
/// has a button. Its policy has no `form-action`: browsers apply that to every redirect that follows, and only the app
/// knows those.
pub fn form_post(brand: &Brand, target: &str, fields: &[(&str, &str)]) -> Response {
    const SCRIPT: &str = "document.forms[0].submit()";
    // The SHA-256 of that script and of no other.
    const SCRIPT_SOURCE: &str = "'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='";
    let content = html! {
        (DOCTYPE)
        html lang="en" {
            (head(brand, "One moment", &[]))
            body {
                main {
                    h1 { "One moment" }
                    p.lead { "You are being taken back to the app." }
                    form method="post" action=(target) {
                        @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                        button.main.block type="submit" { "Continue" }
                    }
                }
                script { (maud::PreEscaped(SCRIPT)) }
            }
        }
    };
    let policy = policy(&brand.style_source, &format!("script-src {SCRIPT_SOURCE}"));
    document(StatusCode::OK, &policy, &content)
}

/// Takes the browser to another address by itself. It is a page and no redirect, because browsers apply the
/// `form-action` of the page that had the form to every redirect that follows, and we do not know all of those.
pub fn taken_on(brand: &Brand, to: &str, address: &str) -> Response {
    let content = html! {
        h1 { "One moment" }
        p.lead { "You are being taken to " strong { (to) } "." }
        a.button.main.block href=(address) { "Continue" }
    };
    let page = Page { status: StatusCode::OK, title: "One moment", content, is_wide: false };
    let mut response = page.response(brand);
    reply::set(&mut response, HeaderName::from_static("refresh"), &format!("0; url={address}"));
    response
}

/// Sends the browser on with a `GET`, whatever it sent (RFC 9700 §4.12: never 307, which would send a password on).
pub fn see_other(location: &str) -> Response {
    let mut response = reply::empty(StatusCode::SEE_OTHER);
    reply::set(&mut response, LOCATION, location);
    reply::set(&mut response, REFERRER_POLICY, "no-referrer");
    response
}

fn policy(style_sources: &str, more: &str) -> String {
    format!("default-src 'none'; style-src {style_sources}; {more}; base-uri 'none'; frame-ancestors 'none'")
}

fn document(status: StatusCode, policy: &str, markup: &Markup) -> Response {
    let mut response = Response::new(Body::Text(markup.0.clone()));
    *response.status_mut() = status;
    reply::set(&mut response, CONTENT_TYPE, "text/html; charset=utf-8");
    reply::set(&mut response, CONTENT_SECURITY_POLICY, policy);
    reply::set(&mut response, X_FRAME_OPTIONS, "DENY");
    reply::set(&mut response, REFERRER_POLICY, "no-referrer");
    reply::set(
        &mut response,
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=()",
    );
    response
}

/// A field of a form.
#[derive(Clone, Copy, Default)]
pub struct Field<'f> {
    /// Its name.
    pub name: &'f str,
    /// What a user reads above it.
    pub label: &'f str,
    /// The `type` of the input.
    pub kind: &'f str,
    /// The keyboard that a touch screen shows, if it is another one than that of the `type`.
    pub keyboard: Option<&'f str>,
    /// The `autocomplete` that password managers go by.
    pub autocomplete: &'f str,
    /// Its initial value.
    pub value: &'f str,
    /// What helps to fill it.
    pub hint: Option<&'f str>,
    /// What is wrong with it.
    pub mistake: Option<&'f str>,
    /// Whether typing begins here.
    pub is_first: bool,
    /// Whether it holds a code in capital letters.
    pub is_code: bool,
}

impl Field<'_> {
    /// The field with its label; hint and mistake are read out with it.
    pub fn markup(self) -> Markup {
        let described = match (self.mistake, self.hint) {
            (Some(_), Some(_)) => Some(format!("{0}-mistake {0}-hint", self.name)),
            (Some(_), None) => Some(format!("{}-mistake", self.name)),
            (None, Some(_)) => Some(format!("{}-hint", self.name)),
            (None, None) => None,
        };
        html! {
            div.field {
                label for=(self.name) { (self.label) }
                input id=(self.name) name=(self.name) type=(self.kind) inputmode=[self.keyboard] value=(self.value) required
                    autocomplete=(self.autocomplete) class=[self.is_code.then_some("code")]
                    autocapitalize=(if self.is_code { "characters" } else { "none" }) spellcheck="false"
                    aria-invalid=[self.mistake.map(|_| "true")] aria-describedby=[described] autofocus[self.is_first];
                @if let Some(mistake) = self.mistake { p.mistake id={ (self.name) "-mistake" } { (mistake) } }
                @if let Some(hint) = self.hint { p.hint id={ (self.name) "-hint" } { (hint) } }
            }
        }
    }
}

/// An e-mail address. One that is too long for a line of a telephone breaks before its `@`, if it has to; others never.
pub fn email(address: &EmailAddress) -> Markup {
    const LINE: usize = 22;
    if address.as_str().len() <= LINE {
        return html! { span.whole { (address.as_str()) } };
    }
    let (local, domain) = address.as_str().split_at(address.local_part().len());
    html! { (local) wbr; (domain) }
}

/// What a user signs in with: their e-mail address or their name.
pub fn known_as(user: &User) -> Markup {
    match &user.email {
        Some(address) => email(address),
        None => html! { (user.known_as()) },
    }
}

/// A headline, which never breaks within “e-mail”.
pub fn headline(text: &str) -> Markup {
    let mut parts = text.split("e-mail");
    let first = parts.next().unwrap_or_default();
    html! { h1 { (first) @for part in parts { span.whole { "e-mail" } (part) } } }
}

/// What went wrong with a form as a whole, read out at once.
pub fn notice(text: &str) -> Markup {
    html! { p.notice role="alert" { (text) } }
}

/// The page, with when to try again.
pub fn retry_later(mut response: Response, wait: Duration) -> Response {
    reply::set(&mut response, RETRY_AFTER, &wait.as_secs().max(1).to_string());
    response
}
