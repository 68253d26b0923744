//! The small pages of the account, and their forms.

use lambda_http::http::StatusCode;
use maud::{Markup, html};
use shared::app::App;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::domain::session::Session;
use shared::domain::user::User;
use shared::http::error::page::PageError;
use shared::http::page::browser_context::BrowserContext;
use shared::http::page::form_guard::{FIELD, FormUse, hidden};
use shared::http::page::{headline, notice};
use shared::http::{Request, Response};

/// What a page's form is for, and whether it is worth anything only to whoever is signed in.
#[derive(Clone, Copy)]
pub(crate) struct Purpose<'p> {
    path: &'p str,
    /// Where the browser goes on when something of it was lost.
    again: &'p str,
    session: Option<&'p Session>,
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

    /// The hidden fields of the form.
    pub(crate) async fn hidden(
        self,
        app: &App,
        browser: &BrowserContext,
        about: &[(&str, &str)],
    ) -> Result<Markup, PageError> {
        Ok(hidden(&browser.guard.token(app, self.form()).await?, about))
    }

    /// Checks that the form is one of ours, shown here.
    pub(crate) async fn check(
        self,
        app: &App,
        browser: &BrowserContext,
        request: &Request,
        fields: &Fields,
    ) -> Result<(), PageError> {
        let token = fields.text(FIELD).ok().flatten();
        browser.guard.check(app, &request.head, token, self.form(), Some(self.again.to_owned())).await
    }

    fn form(&self) -> FormUse<'p> {
        FormUse { purpose: self.path, session: self.session.map(|session| session.id) }
    }
}

/// What a small page shows.
pub(crate) struct MessagePage<'s> {
    pub(crate) status: StatusCode,
    pub(crate) title: &'s str,
    pub(crate) lead: Markup,
    pub(crate) notice: Option<&'s str>,
    pub(crate) content: Markup,
}

impl<'s> MessagePage<'s> {
    /// The page as an answer.
    pub(crate) fn response(self, app: &App, browser: &BrowserContext) -> Response {
        let content = html! {
            (headline(self.title))
            p.lead { (self.lead) }
            @if let Some(text) = self.notice { (notice(text)) }
            (self.content)
        };
        browser.page(app, self.status, self.title, content, None)
    }

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
