use local::ReceivedMail;

use super::test_server::TestServer;

/// A mail as its recipient reads it.
#[derive(Clone)]
pub struct Mail {
    pub to: String,
    pub from: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    issuer: String,
}

impl TestServer {
    /// The mails to an address, in order.
    pub fn mail_to(&self, email: &str) -> Vec<Mail> {
        self.all_mail().into_iter().filter(|mail| mail.to == email).collect()
    }

    /// The latest mail to an address.
    #[track_caller]
    pub fn last_mail_to(&self, email: &str) -> Mail {
        self.mail_to(email).pop().unwrap_or_else(|| panic!("a mail to {email}"))
    }

    /// All mails, in order.
    pub fn all_mail(&self) -> Vec<Mail> {
        let issuer = &self.server.apps["auth-register"].config.issuer;
        let issuer = issuer.clone().expect("the local server sets the issuer");
        self.server.mailbox.mails().into_iter().map(|received| Mail::read(received, &issuer)).collect()
    }
}

impl Mail {
    fn read(received: ReceivedMail, issuer: &str) -> Self {
        let ReceivedMail { from, mail, .. } = received;
        let (to, issuer) = (mail.to.as_str().to_owned(), issuer.to_owned());
        Self { to, from, subject: mail.subject, text: mail.text, html: mail.html, issuer }
    }

    /// Path and query of its link.
    #[track_caller]
    pub fn link(&self) -> String {
        let mut links = self.text.lines().filter_map(|line| line.strip_prefix(&self.issuer));
        let link = links.next().unwrap_or_else(|| panic!("a link in {:?}", self.subject));
        assert!(link.starts_with('/') && links.next().is_none(), "one link in {:?}", self.subject);
        link.to_owned()
    }

    /// The token of its link.
    #[track_caller]
    pub fn token(&self) -> String {
        let link = self.link();
        let (_, token) = link.split_once("?token=").expect("a token in the link");
        assert!(token.starts_with("dw_ml_"), "a token with a prefix that scanners find");
        token.to_owned()
    }

    /// Says whether it has a link.
    pub fn has_link(&self) -> bool {
        self.text.contains(&self.issuer)
    }
}
