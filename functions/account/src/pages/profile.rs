//! The page on which a user changes their name and language.

use lambda_http::http::StatusCode;
use maud::html;
use shared::domain::input::fields::{Fields, Mistakes};
use shared::domain::types::locale::Locale;
use shared::domain::user::profile::ProfileChange;
use shared::http::error::page::PageError;
use shared::http::page::{Field, see_other};
use shared::http::{Request, Response};
use shared::paths::{ACCOUNT, PROFILE};
use shared::service::user::profile;

use super::link;
use crate::message_page::MessagePage;
use crate::signed_in_page::SignedInPage;

/// The languages of our mail; the first one is the default.
const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "Deutsch")];

/// Shows the form.
pub(crate) async fn show(at: SignedInPage<'_>) -> Result<Response, PageError> {
    page(at, Attempt { name: at.user.name.as_str().to_owned(), ..Attempt::default() }).await
}

/// Changes the name and the language, and goes back to the account page.
pub(crate) async fn submit(at: SignedInPage<'_>, request: &Request, mut fields: Fields) -> Result<Response, PageError> {
    at.check(request, &fields).await?;
    let typed = fields.text("name").ok().flatten().unwrap_or_default().to_owned();
    let change = ProfileChange::parse(&mut fields);
    let change = match fields.finish(|| Some(change)) {
        Ok(change) => change,
        Err(mistakes) => {
            let attempt = Attempt { status: StatusCode::BAD_REQUEST, name: typed, mistakes };
            return page(at, attempt).await;
        }
    };
    let changed = profile::update(at.app, at.user.clone(), change, request, at.browser.now).await?;
    changed.map(|_| see_other(ACCOUNT)).ok_or_else(|| link::raced(("Go to your account", ACCOUNT.to_owned())))
}

/// What the page shows.
#[derive(Default)]
struct Attempt {
    status: StatusCode,
    name: String,
    mistakes: Mistakes,
}

async fn page(at: SignedInPage<'_>, attempt: Attempt) -> Result<Response, PageError> {
    let hidden = at.hidden().await?;
    let name = attempt.mistakes.get("name").map(|mistake| format!("The name {mistake}."));
    let languages = languages(at.user.locale.as_ref());
    let content = html! {
        form method="post" action=(PROFILE) {
            (hidden)
            (Field {
                name: "name", label: "Your name", kind: "text", autocomplete: "name", value: &attempt.name,
                mistake: name.as_deref(), is_first: true, ..Field::default()
            }.markup())
            div.field {
                label for="locale" { "Language of our mail" }
                select id="locale" name="locale" {
                    @for language in &languages {
                        option value=(language.tag) lang=(language.mail) selected[language.is_current] { (language.label) }
                    }
                }
            }
            button.main.block type="submit" { "Save" }
        }
        p.after { a href=(ACCOUNT) { "Cancel" } }
    };
    let lead = html! { "Apps that may read your profile see this name." };
    Ok(at.page(MessagePage { status: attempt.status, title: "Your name and language", lead, notice: None, content }))
}

/// A language to choose.
struct Language<'l> {
    /// The tag that is stored when it is selected.
    tag: &'l str,
    /// The language of our mail in that case.
    mail: &'static str,
    label: &'static str,
    is_current: bool,
}

/// All languages. A user who selects no other language keeps their tag: `de-CH` is German, and a user with `fr` gets English mail.
fn languages(current: Option<&Locale>) -> [Language<'_>; LANGUAGES.len()] {
    let language = current.map(Locale::language).unwrap_or_default();
    let known = LANGUAGES.iter().find(|(mail, _)| *mail == language).unwrap_or(&LANGUAGES[0]).0;
    LANGUAGES.map(|(mail, label)| {
        let is_current = mail == known;
        let tag = current.filter(|_| is_current).map_or(mail, Locale::as_str);
        Language { tag, mail, label, is_current }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saving_keeps_a_language_that_was_not_changed() {
        for (current, tags, selected) in [
            (None, ["en", "de"], "en"),
            (Some("de-CH"), ["en", "de-CH"], "de-CH"),
            (Some("en-GB"), ["en-GB", "de"], "en-GB"),
            (Some("fr"), ["fr", "de"], "fr"),
        ] {
            let current = current.map(|tag| Locale::parse(tag).unwrap());
            let languages = languages(current.as_ref());
            assert_eq!(languages.each_ref().map(|language| language.tag), tags);
            assert_eq!(languages.iter().find(|language| language.is_current).unwrap().tag, selected);
        }
    }
}
