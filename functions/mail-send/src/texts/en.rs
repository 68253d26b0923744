//! English.

use super::text::{Text, Texts};

pub(super) const TEXTS: Texts = Texts {
    language: "en",
    verify_email: Text {
        subject: "Confirm your e-mail address for {name}",
        before: &[
            "This e-mail address was used to register at {name}. If it was you, please confirm that the address is yours.",
        ],
        button: Some("Confirm my address"),
        after: &["The link works once, within 24 hours.", "If it was not you, you can ignore this mail."],
    },
    reset_password: Text {
        subject: "Choose a new password for {name}",
        before: &["A new password was requested for your account at {name}. If it was you, choose one here."],
        button: Some("Choose a new password"),
        after: &[
            "The link works once, within 60 minutes. Once you have chosen a new password, you are signed out everywhere.",
            "If it was not you, you can ignore this mail: your password stays as it is.",
        ],
    },
    change_email: Text {
        subject: "Confirm your new e-mail address for {name}",
        before: &[
            "A user of {name} wants to use this e-mail address for their account. If it was you, please confirm it.",
        ],
        button: Some("Use this address"),
        after: &["The link works once, within 24 hours.", "If it was not you, you can ignore this mail."],
    },
    email_change_asked: Text {
        subject: "Your e-mail address at {name} is about to change",
        before: &[
            "A change of the e-mail address of your account at {name} to {email} was requested.",
            "If it was you, follow the link in our mail to that address. Until then, nothing changes.",
        ],
        button: None,
        after: &[
            "If it was not you, change your password now, because others may know it. That stops this change, too.",
        ],
    },
    email_changed: Text {
        subject: "Your e-mail address at {name} was changed",
        before: &["Your account at {name} now has the e-mail address {email}. You no longer sign in with this one."],
        button: None,
        after: &["If it was not you, please contact {name} at once."],
    },
    password_changed: Text {
        subject: "Your password at {name} was changed",
        before: &["The password of your account at {name} was changed, and your other devices were signed out."],
        button: None,
        after: &[
            "If it was not you, choose a new password at once: press “Forgot your password?” on the sign-in page.",
        ],
    },
    account_deleted: Text {
        subject: "Your account at {name} was deleted",
        before: &["Your account at {name} was deleted, with everything that belonged to it."],
        button: None,
        after: &["If it was not you, please contact {name}."],
    },
    link_by_hand: "If the button does not work, open this address:",
};
