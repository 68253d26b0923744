use shared::domain::email_link::LinkPurpose;
use shared::domain::mail::link::LinkMail;
use shared::domain::mail::message::MailMessage;
use shared::domain::types::email::EmailAddress;
use shared::service::notice;

use super::{event, post, run, set_locale, user, waiting};
use crate::harness::TestServer;

#[tokio::test]
async fn a_user_gets_mail_in_their_own_language() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    for (locale, subject, language) in [
        ("de", "Bestätige deine E-Mail-Adresse für Driftwood", "de"),
        ("de-CH", "Bestätige deine E-Mail-Adresse für Driftwood", "de"),
        ("en-GB", "Confirm your e-mail address for Driftwood", "en"),
        ("fr", "Confirm your e-mail address for Driftwood", "en"),
    ] {
        set_locale(&driftwood, &alice, locale).await;
        post(&driftwood, &alice, LinkPurpose::VerifyEmail, None).await;
        run(&driftwood).await;
        let mail = driftwood.last_mail_to(&alice.email);
        assert_eq!(mail.subject, subject, "{locale}");
        assert!(mail.html.contains(&format!("<html lang=\"{language}\">")), "{locale}");
        assert!(mail.html.contains(&mail.link()), "{locale}");
    }
    assert_eq!(driftwood.mail_to(&alice.email).len(), 5);
}

#[tokio::test]
async fn every_link_leads_to_the_page_of_its_purpose() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let mut tokens = Vec::new();
    for (purpose, page) in [
        (LinkPurpose::VerifyEmail, shared::paths::VERIFY_EMAIL),
        (LinkPurpose::ResetPassword, shared::paths::RESET_PASSWORD),
        (LinkPurpose::ChangeEmail, shared::paths::CONFIRM_EMAIL),
    ] {
        post(&driftwood, &alice, purpose, None).await;
        run(&driftwood).await;
        let mail = driftwood.last_mail_to(&alice.email);
        assert_eq!(mail.link(), format!("{page}?token={}", mail.token()));
        tokens.push(mail.token());
    }
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 3);
}

#[tokio::test]
async fn a_notice_of_an_earlier_version_has_no_link_and_no_placeholder() {
    let driftwood = TestServer::start().await;
    let alice = driftwood.alice().await;
    let new_email = EmailAddress::parse("new@example.com").unwrap();
    for locale in ["en", "de"] {
        set_locale(&driftwood, &alice, locale).await;
        for (message, names_the_new_address) in [
            (MailMessage::EmailChangeAsked { new_email: new_email.clone(), from: None }, true),
            (MailMessage::EmailChanged { new_email: new_email.clone(), binding: None, from: None }, true),
            (MailMessage::PasswordChanged, false),
            (MailMessage::AccountDeleted, false),
        ] {
            let before = driftwood.all_mail().len();
            let user = user(&driftwood, &alice).await;
            let app = &driftwood.server.apps["auth-register"];
            let notice = notice::to_user(app, &user, message, driftwood.clock.now());
            post(&driftwood, &alice, LinkPurpose::ChangeEmail, notice).await;
            run(&driftwood).await;
            let mails = driftwood.all_mail().split_off(before);
            let notice = mails.iter().find(|mail| !mail.has_link()).expect("a notice");
            assert_eq!((mails.len(), notice.to.as_str()), (2, alice.email.as_str()));
            assert!(notice.subject.contains("Driftwood") && !notice.html.contains("href="), "{}", notice.subject);
            for part in [&notice.subject, &notice.text, &notice.html] {
                assert!(!part.contains("{name}") && !part.contains("{email}") && !part.contains("{when}"), "{part}");
            }
            for part in [&notice.text, &notice.html] {
                assert_eq!(part.contains("new@example.com"), names_the_new_address, "{part}");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_address_gets_an_outbox_item_and_no_mail() {
    let driftwood = TestServer::start().await;
    let app = &driftwood.server.apps["auth-register"];
    let to = EmailAddress::parse("nobody@example.com").unwrap();
    let posted = LinkMail::to_unknown_address(
        LinkPurpose::ResetPassword,
        &to,
        &app.keys.mac().await.unwrap(),
        driftwood.clock.now(),
    )
    .unwrap();
    app.stores.post_link(&posted, None, &event(&driftwood)).await.unwrap();
    assert_eq!(waiting(&driftwood).await.len(), 1);
    run(&driftwood).await;
    assert_eq!((waiting(&driftwood).await.len(), driftwood.all_mail().len()), (0, 0));
}
