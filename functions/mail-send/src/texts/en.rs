//! English.

use super::text::{Text, Texts};

const NOT_ME: &str = "If it was not you, open the link within 7 days. It ends this, together with your password, all sessions, keys and connected apps. You then choose a new password.";
const IT_WAS_ME: &str = "If it was you, there is nothing to do.";

pub(super) const TEXTS: Texts = Texts {
    language: "en",
    verify_email: Text {
        subject: "Confirm your e-mail address for {name}",
        before: &[
            "This e-mail address was used to register at {name}. If it was you, please confirm that the address is yours.",
        ],
        button: Some("Confirm my address"),
        after: &[
            "The link works once, within 24 hours.",
            "If it was not you, you can say so on the page that opens, or ignore this mail.",
        ],
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
        button: Some("This was not me"),
        after: &[
            "If it was not you, open the link within 7 days. It gives you this address back, and ends everything that was set up in your account. You then choose a new password.",
            IT_WAS_ME,
        ],
    },
    password_changed: Text {
        subject: "Your password at {name} was changed",
        before: &["The password of your account at {name} was changed, and your other devices were signed out."],
        button: Some("This was not me"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    key_added: Text {
        subject: "A key was added to your account at {name}",
        before: &["A user key was added to your account at {name}. A program can sign in with it as you."],
        button: Some("This was not me"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    app_created: Text {
        subject: "An app was created in your account at {name}",
        before: &[
            "An app was created in your account at {name}. With its credentials it can use the data of your account.",
        ],
        button: Some("This was not me"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    app_secret_rotated: Text {
        subject: "An app in your account at {name} got a new secret",
        before: &[
            "An app in your account at {name} got a new secret. With it, the app can use the data of your account.",
        ],
        button: Some("This was not me"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    provider_linked: Text {
        subject: "{provider} was linked to your account at {name}",
        before: &["{provider} was linked to your account at {name}. It is enough to sign in from now on."],
        button: Some("This was not me"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    taken_over: Text {
        subject: "An account at {name} was linked to your {provider} user",
        before: &[
            "An account at {name} had your e-mail address, which was never confirmed there. {provider} confirmed it when you signed in, so this account is yours now.",
            "What was set up in it before has ended: its password, all sessions, keys and connected apps. Its own apps wait until you keep or delete them on your account page.",
        ],
        button: Some("This was not me"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    account_deleted: Text {
        subject: "Your account at {name} was deleted",
        before: &["Your account at {name} was deleted, with everything that belonged to it."],
        button: None,
        after: &["If it was not you, please contact {name}."],
    },
    account_deletion_begun: Text {
        subject: "Your account at {name} was deleted",
        before: &[
            "Your account at {name} was deleted. Nobody can use it any more, and all its data is deleted on {until}. Until then you can keep it.",
        ],
        button: Some("Keep my account"),
        after: &[
            "If you want it to be deleted, there is nothing to do.",
            "If it was not you who deleted it, keep it with the link, and then choose a new password.",
        ],
    },
    account_restored: Text {
        subject: "You keep your account at {name}",
        before: &[
            "Your account at {name} is not deleted any more: everything is as it was. Sign in again on each device.",
        ],
        button: None,
        after: &[
            "If it was not you who kept it, choose a new password on the sign-in page, by “Forgot your password?”.",
        ],
    },
    webhook_failed: Text {
        subject: "A webhook of your app at {name} was disabled",
        before: &[
            "For five days, the receiver of a webhook took no event of {name}, so none is sent to it any more.",
            "App: {app}. Webhook: {webhook}.",
        ],
        button: None,
        after: &[
            "When the receiver works again, enable the webhook. What happened meanwhile is in the list of events.",
        ],
    },
    webhook_gone: Text {
        subject: "A webhook of your app at {name} was disabled",
        before: &[
            "The receiver of a webhook answered that it is gone (410), so {name} sends no event to it any more.",
            "App: {app}. Webhook: {webhook}.",
        ],
        button: None,
        after: &["If that is wrong, enable the webhook. What happened meanwhile is in the list of events."],
    },
    details: "When: {when}. From the network address {from}.",
    link_by_hand: "If the button does not work, open this address:",
};
