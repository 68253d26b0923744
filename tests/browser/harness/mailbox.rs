//! The page of the local mailbox.

use super::stage::Stage;

impl Stage {
    /// Opens the mailbox.
    pub async fn opens_the_mailbox(&self) {
        self.browser.go(&self.at(local::MAILBOX)).await;
        self.browser.sees("Mailbox").await;
    }

    /// Opens the newest mail with this subject.
    pub async fn opens_mail(&self, subject: &str) {
        self.opens_the_mailbox().await;
        self.browser.press_part(subject).await;
        self.browser.sees(subject).await;
    }

    /// Opens that mail and follows its link.
    pub async fn follows_mail(&self, subject: &str) {
        self.opens_mail(subject).await;
        self.browser.follow(".text a").await;
    }

    /// The address of that link.
    pub async fn link_in_mail(&self, subject: &str) -> String {
        self.opens_mail(subject).await;
        self.browser.attribute(".text a", "href").await.expect("a link")
    }

    /// The subjects of all mails, the newest first.
    pub async fn subjects(&self) -> Vec<String> {
        self.opens_the_mailbox().await;
        self.browser.texts(".mails strong").await
    }
}
