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

/// The purpose of a page's form, and the session to which it is bound, if any.
#[derive(Clone, Copy)]
pub(crate) struct Purpose<'p> {
    path: &'p str,
    /// Where the browser starts again after the form is refused.
    again: &'p str,
    session: Option<&'p Session>,
}

impl<'p> Purpose<'p> {
    /// A form that any browser may submit.
    pub(crate) const fn anonymous(path: &'p str) -> Self {
        Self { path, again: path, session: None }
    }

    /// A form of a signed-in user.
    pub(crate) const fn of(path: &'p str, session: &'p Session) -> Self {
        Self { path, again: path, session: Some(session) }
    }

    /// The same form, for a page whose address differs from its path.
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

    /// Checks that the form was issued by us and shown in this browser.
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

/// The content of a small page.
pub(crate) struct MessagePage<'s> {
    pub(crate) status: StatusCode,
    pub(crate) title: &'s str,
    pub(crate) lead: Markup,
    pub(crate) notice: Option<&'s str>,
    pub(crate) content: Markup,
}

impl<'s> MessagePage<'s> {
    /// The page as a response.
    pub(crate) fn response(self, app: &App, browser: &BrowserContext) -> Response {
        let content = html! {
            (headline(self.title))
            p.lead { (self.lead) }
            @if let Some(text) = self.notice { (notice(text)) }
            (self.content)
        };
        browser.page(app, self.status, self.title, content)
    }

    /// A page that confirms an action and links to the next page.
    pub(crate) fn done(title: &'s str, lead: Markup, next: (&str, &str)) -> Self {
        let (label, address) = next;
        let content = html! { a.button.main.block href=(address) { (label) } };
        Self { status: StatusCode::OK, title, lead, notice: None, content }
    }
}

/// Tells password managers to which user a form's password belongs.
pub(crate) fn username(user: &User) -> Markup {
    html! {
        input type="text" name="username" autocomplete="username" value=(user.known_as()) readonly hidden;
    }
}

/// A mistake in the user's current password, as a sentence below the field.
pub(crate) fn about_current_password(mistakes: &Mistakes, name: &str) -> Option<String> {
    mistakes.get(name).map(|mistake| format!("This {mistake}."))
}
