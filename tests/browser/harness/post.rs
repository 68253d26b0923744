//! The mailbox of this machine, as a page.

use super::stage::Stage;

impl Stage {
    /// The user looks into the mailbox.
    pub async fn looks_into_the_mailbox(&self) {
        self.browser.go(&self.at(local::MAILBOX)).await;
        self.browser.sees("Mailbox").await;
    }

    /// They open the newest mail with this subject.
    pub async fn opens_mail(&self, subject: &str) {
        self.looks_into_the_mailbox().await;
        self.browser.press_part(subject).await;
        self.browser.sees(subject).await;
    }

    /// They follow the link in it.
    pub async fn follows_mail(&self, subject: &str) {
        self.opens_mail(subject).await;
        self.browser.follow(".text a").await;
    }

    /// Where that leads.
    pub async fn link_in_mail(&self, subject: &str) -> String {
        self.opens_mail(subject).await;
        self.browser.attribute(".text a", "href").await.expect("a link")
    }

    /// The subjects of all mails, the newest first.
    pub async fn subjects(&self) -> Vec<String> {
        self.looks_into_the_mailbox().await;
        self.browser.texts(".mails strong").await
    }
}
