//! Composes mails: their text and link, as plain text and as HTML.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use shared::app::App;
use shared::domain::brand::Brand;
use shared::domain::email_link::LinkSeed;
use shared::domain::mail::message::{MailMessage, OutgoingMail};
use shared::domain::types::timestamp::Timestamp;
use shared::domain::user::binding::UserBinding;
use shared::domain::user::restoration::Restoration;
use shared::domain::webhook::Why;
use shared::fault::Fault;
use shared::paths::{NOT_ME, RESTORE_ACCOUNT};

use crate::mail::Mail;
use crate::texts::Texts;

/// The colours of our pages, light and dark. Many mail programs ignore stylesheets, so the light colours are also set inline.
const STYLE: &str = "@media (prefers-color-scheme:dark){body{background:#0e1115!important}.text{color:#eceff3!important}.quiet{color:#a4aebb!important}\
.card{background:#171b21!important;border-color:#303843!important}}";
const GROUND: &str = "#f4f5f7";
const CARD: &str = "background:#ffffff;border:1px solid #d3d8df;border-radius:16px;padding:28px 24px 12px";
const TEXT: &str = "color:#161b22";
const QUIET: &str = "color:#57606c";

/// Composes a mail; `None` for a message without content.
///
/// # Errors
///
/// [`Fault`] when there is no issuer, or no MAC key for the link.
pub(crate) async fn write(app: &App, mail: &OutgoingMail) -> Result<Option<Mail>, Fault> {
    let texts = Texts::in_language(mail.task.locale.as_ref());
    let (text, link, email) = match &mail.task.message {
        MailMessage::VerifyEmail { link } => (&texts.verify_email, Some(Link::Seed(link)), None),
        MailMessage::ResetPassword { link } => (&texts.reset_password, Some(Link::Seed(link)), None),
        MailMessage::ChangeEmail { link } => (&texts.change_email, Some(Link::Seed(link)), None),
        MailMessage::EmailChangeAsked { new_email, .. } => (&texts.email_change_asked, None, Some(new_email)),
        MailMessage::EmailChanged { new_email, binding, .. } => {
            (&texts.email_changed, binding.as_ref().map(Link::NotMe), Some(new_email))
        }
        MailMessage::Bound { binding, .. } => (texts.bound(binding.what), Some(Link::NotMe(binding)), None),
        MailMessage::PasswordChanged => (&texts.password_changed, None, None),
        MailMessage::AccountDeleted => (&texts.account_deleted, None, None),
        MailMessage::AccountDeletionBegun { restoration, .. } => {
            (&texts.account_deletion_begun, Some(Link::Restore(restoration)), None)
        }
        MailMessage::AccountRestored { .. } => (&texts.account_restored, None, None),
        MailMessage::WebhookDisabled { why: Why::Gone, .. } => (&texts.webhook_gone, None, None),
        MailMessage::WebhookDisabled { .. } => (&texts.webhook_failed, None, None),
        MailMessage::Nothing => return Ok(None),
    };
    let address = match link {
        Some(link) => Some(link.address(app).await?),
        None => None,
    };
    let brand = &app.config.brand;
    let provider = match &mail.task.message {
        MailMessage::Bound { issuer: Some(issuer), .. } => app.config.upstream_name(issuer),
        // Of a version with one provider.
        _ => app.config.upstreams.first().map_or_else(String::new, |provider| provider.name.clone()),
    };
    let until = match &mail.task.message {
        MailMessage::AccountDeletionBegun { until, .. } => moment(*until),
        _ => String::new(),
    };
    let (app, webhook) = match &mail.task.message {
        MailMessage::WebhookDisabled { app_id, webhook_id, .. } => (app_id.to_string(), webhook_id.to_string()),
        _ => (String::new(), String::new()),
    };
    let fill = |text: &str| {
        let email = email.map_or("", |email| email.as_str());
        let text = text.replace("{name}", &brand.name).replace("{email}", email);
        let text = text.replace("{provider}", &provider).replace("{until}", &until);
        text.replace("{app}", &app).replace("{webhook}", &webhook)
    };
    // The mail is of the transaction that it is about, so it has the same time.
    let details = mail.task.message.from().map(|from| details(texts, mail.created_at, from));
    // What follows the button is about its link.
    let after = if text.button.is_some() == address.is_some() { text.after } else { &[] };
    let message = Filled {
        subject: fill(text.subject),
        before: text.before.iter().map(|line| fill(line)).chain(details).collect(),
        link: text.button.zip(address),
        after: after.iter().map(|line| fill(line)).collect(),
    };
    Ok(Some(Mail {
        to: mail.task.to.clone(),
        text: message.as_text(brand),
        html: message.as_html(brand, texts),
        subject: message.subject,
    }))
}

/// What the link of a mail is made of.
#[derive(Clone, Copy)]
enum Link<'m> {
    /// A link that is stored, and works once.
    Seed(&'m LinkSeed),
    /// A link to say that it was not the user.
    NotMe(&'m UserBinding),
    /// A link to undo the deletion of the account.
    Restore(&'m Restoration),
}

impl Link<'_> {
    /// Its address.
    async fn address(self, app: &App) -> Result<String, Fault> {
        let (page, token) = match self {
            Self::Seed(seed) => (seed.purpose.page(), app.keys.link_token(seed).await?.issue()),
            Self::NotMe(binding) => (NOT_ME, binding.token(&*app.keys.mac().await?, app.clock.now())?),
            Self::Restore(deletion) => (RESTORE_ACCOUNT, deletion.token(&*app.keys.mac().await?, app.clock.now())?),
        };
        let issuer = app.keys.issuer(&app.stores.keys).await?;
        Ok(format!("{issuer}{page}?token={}", token.expose()))
    }
}

/// When and from where something was done.
fn details(texts: &Texts, at: Timestamp, from: &str) -> String {
    texts.details.replace("{when}", &moment(at)).replace("{from}", from)
}

/// A date and a time that every language reads.
fn moment(at: Timestamp) -> String {
    at.to_rfc3339().replace('T', " ").replace('Z', " UTC")
}

struct Filled {
    subject: String,
    before: Vec<String>,
    link: Option<(&'static str, String)>,
    after: Vec<String>,
}

impl Filled {
    fn as_text(&self, brand: &Brand) -> String {
        let link = self.link.as_ref().map(|(_, address)| address.clone());
        let signature = format!("-- \n{}", brand.name);
        let paragraphs = self.before.iter().cloned().chain(link).chain(self.after.iter().cloned()).chain([signature]);
        paragraphs.collect::<Vec<_>>().join("\n\n") + "\n"
    }

    fn as_html(&self, brand: &Brand, texts: &Texts) -> String {
        let button = format!(
            "display:inline-block;padding:12px 20px;border-radius:10px;background:{};color:{};text-decoration:none;font-weight:600",
            brand.accent, brand.text_on_accent
        );
        let font = "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
        html! {
            (DOCTYPE)
            html lang=(texts.language) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="supported-color-schemes" content="light dark";
                    title { (self.subject) }
                    style { (PreEscaped(STYLE)) }
                }
                body style={ "margin:0;background:" (GROUND) } {
                    div.text style={ "max-width:560px;margin:0 auto;padding:32px 16px;" (font) ";" (TEXT) } {
                        p style="margin:0 0 16px;font-weight:600" { (brand.name) }
                        div.card style=(CARD) {
                            h1 style="margin:0 0 16px;font-size:22px;line-height:1.25" { (in_lines(&self.subject)) }
                            @for line in &self.before { p style="margin:0 0 16px;overflow-wrap:anywhere" { (in_lines(line)) } }
                            @if let Some((label, address)) = &self.link {
                                p style="margin:24px 0" { a href=(address) style=(button) { (label) } }
                            }
                            @for line in &self.after { p style="margin:0 0 16px" { (in_lines(line)) } }
                            @if let Some((_, address)) = &self.link {
                                p.quiet style={ "margin:24px 0 16px;font-size:14px;overflow-wrap:anywhere;" (QUIET) } {
                                    (texts.link_by_hand) br; (address)
                                }
                            }
                        }
                    }
                }
            }
        }
        .into_string()
    }
}

/// A sentence whose lines never break within “e-mail”.
fn in_lines(text: &str) -> Markup {
    let mut markup = html! {};
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find("e-mail") {
        let (before, after) = rest.split_at(at);
        let (word, after) = after.split_at("e-mail".len());
        markup = html! { (markup) (before) span style="white-space:nowrap" { (word) } };
        rest = after;
    }
    html! { (markup) (rest) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::text::Text;
    use shared::domain::types::locale::Locale;

    #[test]
    fn every_language_has_the_same_content() {
        for tag in ["en", "de", "fr"] {
            let texts = Texts::in_language(Some(&Locale::parse(tag).unwrap()));
            let all: [(&Text, bool, bool); 14] = [
                (&texts.verify_email, true, false),
                (&texts.reset_password, true, false),
                (&texts.change_email, true, false),
                (&texts.email_change_asked, false, true),
                (&texts.email_changed, true, true),
                (&texts.password_changed, true, false),
                (&texts.key_added, true, false),
                (&texts.app_created, true, false),
                (&texts.app_secret_rotated, true, false),
                (&texts.provider_linked, true, false),
                (&texts.taken_over, true, false),
                (&texts.account_deleted, false, false),
                (&texts.account_deletion_begun, true, false),
                (&texts.account_restored, false, false),
            ];
            for (text, has_link, has_email) in all {
                assert!(text.subject.contains("{name}"), "{}", text.subject);
                assert_eq!(text.button.is_some(), has_link, "{}", text.subject);
                assert_eq!(text.before.iter().any(|line| line.contains("{email}")), has_email, "{}", text.subject);
            }
        }
    }
}
