//! Where somebody changes their name and language.

use lambda_http::http::StatusCode;
use maud::html;
use shared::app::App;
use shared::http::fields::Mistakes;
use shared::http::page::{Field, see_other};
use shared::http::page_error::PageError;
use shared::http::{Fields, Request, Response};
use shared::paths::{ACCOUNT, PROFILE};
use shared::profile::{self, ProfileChange};
use shared::session::Session;
use shared::user::User;

use super::link;
use crate::visit::{Purpose, Sheet, Visit};

/// The languages that our mail is written in.
const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "Deutsch")];

/// Shows the form.
pub(crate) async fn show(app: &App, visit: &Visit, session: &Session, user: &User) -> Result<Response, PageError> {
    page(app, visit, session, user, StatusCode::OK, &Mistakes::new()).await
}

/// Changes the name and the language, and goes back to the account page.
pub(crate) async fn submit(
    app: &App,
    visit: &Visit,
    session: &Session,
    user: &User,
    request: &Request,
    mut fields: Fields,
) -> Result<Response, PageError> {
    visit.check(app, request, &fields, Purpose::of(PROFILE, session)).await?;
    let change = ProfileChange::parse(&mut fields);
    let change = match fields.complete(Some(change)) {
        Ok(change) => change,
        Err(mistakes) => return page(app, visit, session, user, StatusCode::BAD_REQUEST, &mistakes).await,
    };
    let changed = profile::update(app, user.clone(), change, request, visit.now).await?;
    changed.map(|_| see_other(ACCOUNT)).ok_or_else(|| link::raced(("Go to your account", ACCOUNT.to_owned())))
}

async fn page(
    app: &App,
    visit: &Visit,
    session: &Session,
    user: &User,
    status: StatusCode,
    mistakes: &Mistakes,
) -> Result<Response, PageError> {
    let hidden = visit.hidden(app, Purpose::of(PROFILE, session), &[]).await?;
    let name = mistakes.get("name").map(|mistake| format!("The name {mistake}."));
    let language = user.locale.as_ref().map_or_else(|| "en".to_owned(), |locale| locale.language());
    let content = html! {
        form method="post" action=(PROFILE) {
            (hidden)
            (Field {
                name: "name", label: "Your name", kind: "text", autocomplete: "name", value: user.name.as_str(),
                mistake: name.as_deref(), is_first: true, ..Field::default()
            }.markup())
            div.field {
                label for="locale" { "Language of our mail" }
                select id="locale" name="locale" {
                    @for (tag, label) in LANGUAGES {
                        option value=(tag) lang=(tag) selected[tag == language] { (label) }
                    }
                }
            }
            button.main.block type="submit" { "Save" }
        }
        p.after { a href=(ACCOUNT) { "Cancel" } }
    };
    let lead = html! { "Apps that you allow to see your name see this one." };
    Ok(visit.page(app, Sheet { status, title: "Your name and language", lead, notice: None, content }))
}
