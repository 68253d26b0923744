//! German.

use super::{Text, Texts};

pub(super) const TEXTS: Texts = Texts {
    language: "de",
    verify_email: Text {
        subject: "Bestätige deine E-Mail-Adresse für {name}",
        before: &[
            "Jemand hat sich bei {name} mit dieser E-Mail-Adresse registriert. Wenn du es warst, bestätige bitte, dass sie dir gehört.",
        ],
        button: Some("Adresse bestätigen"),
        after: &[
            "Der Link funktioniert einmal und 24 Stunden lang.",
            "Wenn du es nicht warst, kannst du diese Nachricht ignorieren.",
        ],
    },
    reset_password: Text {
        subject: "Wähle ein neues Passwort für {name}",
        before: &[
            "Jemand hat um ein neues Passwort für dein Konto bei {name} gebeten. Wenn du es warst, wähle hier eines.",
        ],
        button: Some("Neues Passwort wählen"),
        after: &[
            "Der Link funktioniert einmal und 60 Minuten lang. Wenn du ihn benutzt, wirst du überall abgemeldet.",
            "Wenn du es nicht warst, kannst du diese Nachricht ignorieren: Dein Passwort bleibt, wie es ist.",
        ],
    },
    change_email: Text {
        subject: "Bestätige deine neue E-Mail-Adresse für {name}",
        before: &[
            "Jemand hat darum gebeten, dass dies die neue E-Mail-Adresse seines Kontos bei {name} wird. Wenn du es warst, bestätige sie bitte.",
        ],
        button: Some("Diese Adresse verwenden"),
        after: &[
            "Der Link funktioniert einmal und 24 Stunden lang.",
            "Wenn du es nicht warst, kannst du diese Nachricht ignorieren.",
        ],
    },
    email_change_asked: Text {
        subject: "Deine E-Mail-Adresse bei {name} soll geändert werden",
        before: &[
            "Jemand, der in deinem Konto bei {name} angemeldet ist, möchte dessen E-Mail-Adresse in {email} ändern.",
            "Wenn du es warst, folge dem Link in der Nachricht an diese Adresse. Bis dahin bleibt alles, wie es ist.",
        ],
        button: None,
        after: &["Wenn du es nicht warst, ändere jetzt dein Passwort: Jemand anderes kennt es vielleicht."],
    },
    email_changed: Text {
        subject: "Deine E-Mail-Adresse bei {name} wurde geändert",
        before: &[
            "Dein Konto bei {name} hat jetzt die E-Mail-Adresse {email}. Mit dieser hier meldest du dich nicht mehr an.",
        ],
        button: None,
        after: &["Wenn du es nicht warst, wende dich sofort an {name}."],
    },
    password_changed: Text {
        subject: "Dein Passwort bei {name} wurde geändert",
        before: &["Das Passwort deines Kontos bei {name} wurde geändert, und du wurdest anderswo abgemeldet."],
        button: None,
        after: &[
            "Wenn du es nicht warst, wähle sofort ein neues Passwort: auf der Anmeldeseite unter „Forgot your password?“.",
        ],
    },
    account_deleted: Text {
        subject: "Dein Konto bei {name} wurde gelöscht",
        before: &["Dein Konto bei {name} wurde gelöscht, mit allem, was dazu gehörte."],
        button: None,
        after: &["Wenn du es nicht warst, wende dich an {name}."],
    },
    link_by_hand: "Wenn die Schaltfläche nicht funktioniert, öffne diese Adresse:",
};
