//! German.

use super::text::{Text, Texts};

const NOT_ME: &str = "Wenn du es nicht warst, öffne den Link innerhalb von 7 Tagen. Er beendet dies, zusammen mit deinem Passwort und allen Sitzungen, Schlüsseln und verbundenen Apps. Danach wählst du ein neues Passwort.";
const IT_WAS_ME: &str = "Wenn du es warst, ist nichts zu tun.";

pub(super) const TEXTS: Texts = Texts {
    language: "de",
    verify_email: Text {
        subject: "Bestätige deine E-Mail-Adresse für {name}",
        before: &[
            "Jemand hat sich bei {name} mit dieser E-Mail-Adresse registriert. Wenn du es warst, bestätige bitte, dass sie dir gehört.",
        ],
        button: Some("Adresse bestätigen"),
        after: &[
            "Der Link funktioniert einmal, innerhalb von 24 Stunden.",
            "Wenn du es nicht warst, kannst du das auf der Seite sagen, die sich öffnet, oder diese Nachricht ignorieren.",
        ],
    },
    reset_password: Text {
        subject: "Wähle ein neues Passwort für {name}",
        before: &[
            "Jemand hat um ein neues Passwort für dein Konto bei {name} gebeten. Wenn du es warst, wähle hier eines.",
        ],
        button: Some("Neues Passwort wählen"),
        after: &[
            "Der Link funktioniert einmal, innerhalb von 60 Minuten. Sobald du ein neues Passwort gewählt hast, wirst du überall abgemeldet.",
            "Wenn du es nicht warst, kannst du diese Nachricht ignorieren: Dein Passwort bleibt, wie es ist.",
        ],
    },
    change_email: Text {
        subject: "Bestätige deine neue E-Mail-Adresse für {name}",
        before: &[
            "Jemand möchte diese E-Mail-Adresse für sein Konto bei {name} verwenden. Wenn du es warst, bestätige sie bitte.",
        ],
        button: Some("Diese Adresse verwenden"),
        after: &[
            "Der Link funktioniert einmal, innerhalb von 24 Stunden.",
            "Wenn du es nicht warst, kannst du diese Nachricht ignorieren.",
        ],
    },
    email_change_asked: Text {
        subject: "Deine E-Mail-Adresse bei {name} soll geändert werden",
        before: &[
            "Jemand, der in deinem Konto bei {name} angemeldet ist, möchte dessen E-Mail-Adresse in {email} ändern.",
            "Wenn du es warst, folge dem Link in unserer Nachricht an diese Adresse. Bis dahin bleibt alles, wie es ist.",
        ],
        button: None,
        after: &[
            "Wenn du es nicht warst, ändere jetzt dein Passwort, denn vielleicht kennt es jemand anderes. Das verhindert auch diese Änderung.",
        ],
    },
    email_changed: Text {
        subject: "Deine E-Mail-Adresse bei {name} wurde geändert",
        before: &[
            "Dein Konto bei {name} hat jetzt die E-Mail-Adresse {email}. Mit dieser hier meldest du dich nicht mehr an.",
        ],
        button: Some("Das war ich nicht"),
        after: &[
            "Wenn du es nicht warst, öffne den Link innerhalb von 7 Tagen. Er gibt dir diese Adresse zurück und beendet alles, was in deinem Konto eingerichtet wurde. Danach wählst du ein neues Passwort.",
            IT_WAS_ME,
        ],
    },
    password_changed: Text {
        subject: "Dein Passwort bei {name} wurde geändert",
        before: &["Das Passwort deines Kontos bei {name} wurde geändert, und deine anderen Geräte wurden abgemeldet."],
        button: Some("Das war ich nicht"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    key_added: Text {
        subject: "Deinem Konto bei {name} wurde ein Schlüssel hinzugefügt",
        before: &[
            "Deinem Konto bei {name} wurde ein Schlüssel hinzugefügt. Ein Programm kann sich damit in deinem Namen anmelden.",
        ],
        button: Some("Das war ich nicht"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    app_created: Text {
        subject: "In deinem Konto bei {name} wurde eine App angelegt",
        before: &[
            "In deinem Konto bei {name} wurde eine App angelegt. Mit ihren Zugangsdaten kann sie die Daten deines Kontos nutzen.",
        ],
        button: Some("Das war ich nicht"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    app_secret_rotated: Text {
        subject: "Eine App in deinem Konto bei {name} hat ein neues Geheimnis",
        before: &[
            "Eine App in deinem Konto bei {name} hat ein neues Geheimnis bekommen. Damit kann sie die Daten deines Kontos nutzen.",
        ],
        button: Some("Das war ich nicht"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    provider_linked: Text {
        subject: "{provider} wurde mit deinem Konto bei {name} verbunden",
        before: &["{provider} wurde mit deinem Konto bei {name} verbunden. Von nun an reicht es, um dich anzumelden."],
        button: Some("Das war ich nicht"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    taken_over: Text {
        subject: "Ein Konto bei {name} wurde mit deinem Benutzer bei {provider} verbunden",
        before: &[
            "Ein Konto bei {name} hatte deine E-Mail-Adresse, die dort nie bestätigt wurde. {provider} hat sie bestätigt, als du dich angemeldet hast. Deshalb gehört dieses Konto jetzt dir.",
            "Was darin vorher eingerichtet wurde, gilt nicht mehr: sein Passwort, alle Sitzungen, Schlüssel und verbundenen Apps. Seine eigenen Apps warten, bis du sie auf der Seite deines Kontos behältst oder löschst.",
        ],
        button: Some("Das war ich nicht"),
        after: &[NOT_ME, IT_WAS_ME],
    },
    account_deleted: Text {
        subject: "Dein Konto bei {name} wurde gelöscht",
        before: &["Dein Konto bei {name} wurde gelöscht, mit allem, was dazu gehörte."],
        button: None,
        after: &["Wenn du es nicht warst, wende dich bitte an {name}."],
    },
    account_deletion_begun: Text {
        subject: "Dein Konto bei {name} wurde gelöscht",
        before: &[
            "Dein Konto bei {name} wurde gelöscht. Es ist nicht mehr benutzbar, und alle seine Daten werden gelöscht: am {until}. Bis dahin kannst du es behalten.",
        ],
        button: Some("Mein Konto behalten"),
        after: &[
            "Wenn es gelöscht werden soll, ist nichts zu tun.",
            "Wenn nicht du es gelöscht hast, behalte es mit dem Link, und wähle danach ein neues Passwort.",
        ],
    },
    account_restored: Text {
        subject: "Du behältst dein Konto bei {name}",
        before: &[
            "Dein Konto bei {name} ist nicht mehr gelöscht: alles ist, wie es war. Melde dich auf jedem Gerät neu an.",
        ],
        button: None,
        after: &[
            "Wenn nicht du es behalten hast, wähle ein neues Passwort: „Passwort vergessen?“ auf der Seite zum Anmelden.",
        ],
    },
    webhook_failed: Text {
        subject: "Ein Webhook deiner App bei {name} wurde abgeschaltet",
        before: &[
            "Der Empfänger eines Webhooks hat fünf Tage lang kein Ereignis von {name} angenommen. Deshalb wird keines mehr an ihn gesendet.",
            "App: {app}. Webhook: {webhook}.",
        ],
        button: None,
        after: &[
            "Wenn der Empfänger wieder arbeitet, schalte den Webhook ein. Was inzwischen geschah, steht in der Liste der Ereignisse.",
        ],
    },
    webhook_gone: Text {
        subject: "Ein Webhook deiner App bei {name} wurde abgeschaltet",
        before: &[
            "Der Empfänger eines Webhooks hat geantwortet, dass es ihn nicht mehr gibt (410). Deshalb sendet {name} kein Ereignis mehr an ihn.",
            "App: {app}. Webhook: {webhook}.",
        ],
        button: None,
        after: &[
            "Wenn das falsch ist, schalte den Webhook ein. Was inzwischen geschah, steht in der Liste der Ereignisse.",
        ],
    },
    details: "Wann: {when}. Von der Netzwerkadresse {from}.",
    link_by_hand: "Wenn die Schaltfläche nicht funktioniert, öffne diese Adresse:",
};
