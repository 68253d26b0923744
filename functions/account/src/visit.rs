//! A browser at one of the account's pages, and who is signed in there.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::app::App;
use shared::domain::input::fields::Fields;
use shared::domain::input::fields::Mistakes;
use shared::domain::session::Session;
use shared::domain::session::browser_token::BrowserToken;
use shared::domain::types::clock::Timestamp;
use shared::domain::user::User;
use shared::http::error::page::PageError;
use shared::http::page::cookie::Cookies;
use shared::http::page::form_guard::hidden;
use shared::http::page::form_guard::{FIELD, FormGuard, FormUse};
use shared::http::page::{Page, headline, notice};
use shared::http::{Request, Response};
use shared::service::throttle::Throttled;
use shared::store::{Facts, Wanted};

/// A browser at a page.
pub(crate) struct Visit {
    pub(crate) issuer: String,
    pub(crate) now: Timestamp,
    guard: FormGuard,
    facts: Facts,
    token: Option<BrowserToken>,
}

/// What a page's form is for, and whether it is worth anything only to whoever is signed in.
#[derive(Clone, Copy)]
pub(crate) struct Purpose<'p> {
    path: &'p str,
    /// Where the browser goes on when something of it was lost.
    again: &'p str,
    session: Option<&'p Session>,
}

impl Visit {
    /// Reads who is signed in: one batch, or nothing without a cookie.
    pub(crate) async fn of(app: &App, request: &Request) -> Result<Self, PageError> {
        let issuer = app.keys.issuer(&app.stores.keys).await?;
        let token = Cookies::of(&issuer).browser_token(&request.head);
        let wanted = Wanted {
            user: token.as_ref().map(|token| token.user_id),
            session: token.as_ref().map(|token| token.session_id),
            ..Wanted::default()
        };
        let facts = app.facts(wanted).await?;
        let guard = FormGuard::of(app, &request.head).await?;
        Ok(Self { issuer, now: app.clock.now(), guard, facts, token })
    }

    /// Whoever is signed in here.
    pub(crate) fn signed_in(&self) -> Option<(&Session, &User)> {
        let live = self.facts.live_session(self.now);
        live.filter(|(session, _)| self.token.as_ref().is_some_and(|token| token.opens(session)))
    }

    /// The hidden fields of a form.
    pub(crate) async fn hidden(
        &self,
        app: &App,
        purpose: Purpose<'_>,
        about: &[(&str, &str)],
    ) -> Result<Markup, PageError> {
        Ok(hidden(&self.guard.token(app, purpose.form()).await?, about))
    }

    /// Checks that a form is one of ours, shown here.
    pub(crate) async fn check(
        &self,
        app: &App,
        request: &Request,
        fields: &Fields,
        purpose: Purpose<'_>,
    ) -> Result<(), PageError> {
        let token = fields.text(FIELD).ok().flatten();
        self.guard.check(app, &request.head, token, purpose.form(), Some(purpose.again.to_owned())).await
    }

    /// A page as an answer.
    pub(crate) fn page(&self, app: &App, sheet: Sheet<'_>) -> Response {
        // What is read out first should say that something went wrong.
        let is_good = sheet.status.is_success();
        let title = if is_good { sheet.title.to_owned() } else { format!("Error: {}", sheet.title) };
        let content = html! {
            (headline(sheet.title))
            p.lead { (sheet.lead) }
            @if let Some(text) = sheet.notice { (notice(text)) }
            (sheet.content)
        };
        let page = Page { status: sheet.status, title: &title, content, form_target: None, is_wide: false };
        let mut response = page.response(&app.config.brand);
        self.guard.remember(&mut response);
        response
    }

    /// Marks the browser with a page that has forms.
    pub(crate) fn remember(&self, response: &mut Response) {
        self.guard.remember(response);
    }
}

impl<'p> Purpose<'p> {
    /// A form that anybody may send.
    pub(crate) const fn of_anybody(path: &'p str) -> Self {
        Self { path, again: path, session: None }
    }

    /// A form of whoever is signed in.
    pub(crate) const fn of(path: &'p str, session: &'p Session) -> Self {
        Self { path, again: path, session: Some(session) }
    }

    /// The same form, for a page that is found at another address than its path.
    pub(crate) const fn again_at(self, again: &'p str) -> Self {
        Self { again, ..self }
    }

    fn form(&self) -> FormUse<'p> {
        FormUse { purpose: self.path, session: self.session.map(|session| session.id) }
    }
}

/// What a small page shows.
pub(crate) struct Sheet<'s> {
    pub(crate) status: StatusCode,
    pub(crate) title: &'s str,
    pub(crate) lead: Markup,
    pub(crate) notice: Option<&'s str>,
    pub(crate) content: Markup,
}

impl<'s> Sheet<'s> {
    /// A page that says that something was done, and leads on.
    pub(crate) fn done(title: &'s str, lead: Markup, way_on: (&str, &str)) -> Self {
        let (label, address) = way_on;
        let content = html! { a.button.main.block href=(address) { (label) } };
        Self { status: StatusCode::OK, title, lead, notice: None, content }
    }
}

/// Says to password managers whose password a form asks for.
pub(crate) fn username(user: &User) -> Markup {
    html! {
        input type="text" name="username" autocomplete="username" value=(user.known_as()) readonly hidden;
    }
}

/// A mistake in the password that somebody has, as a sentence below it.
pub(crate) fn about_their_password(mistakes: &Mistakes, name: &str) -> Option<String> {
    mistakes.get(name).map(|mistake| format!("This {mistake}."))
}

/// The page for too many attempts.
pub(crate) fn throttled(throttled: Throttled) -> PageError {
    match throttled {
        Throttled::TooMany(wait) => PageError::too_many(wait),
        Throttled::Fault(fault) => fault.into(),
    }
}
