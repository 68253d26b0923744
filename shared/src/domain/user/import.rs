//! Importing users of another system: what a line says about one, and whether they can be imported.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::domain::input::fields::{Fields, Mistakes};
use crate::domain::password::PasswordHash;
use crate::domain::types::display_name::DisplayName;
use crate::domain::types::email::EmailAddress;
use crate::domain::types::import_id::ImportId;
use crate::domain::types::locale::Locale;
use crate::domain::types::timestamp::Timestamp;
use crate::domain::types::username::Username;
use crate::domain::upstream::identity::UpstreamIdentity;
use crate::domain::upstream::provider::Issuer;
use crate::domain::user::UserId;

/// The fields of a line.
const FIELDS: [&str; 10] = [
    "import_id",
    "email",
    "email_verified",
    "username",
    "name",
    "locale",
    "created_at",
    "password_hash",
    "upstream",
    "disabled",
];

/// The most identities at other providers, as for every user.
const MOST_IDENTITIES: usize = 10;

/// A user of another system, as a line describes them.
#[derive(Clone, Debug)]
pub struct ImportedUser {
    /// Their id there.
    pub import_id: ImportId,
    /// Their e-mail address.
    pub email: Option<EmailAddress>,
    /// Whether the other system verified the address.
    pub is_email_verified: bool,
    /// Their username.
    pub username: Option<Username>,
    /// Their display name.
    pub name: DisplayName,
    /// Their preferred language.
    pub locale: Option<Locale>,
    /// When they registered there.
    pub created_at: Timestamp,
    /// The hash of their password, as the other system made it.
    pub password_hash: Option<PasswordHash>,
    /// Their identities at upstream providers.
    pub upstream: Vec<UpstreamIdentity>,
    /// Whether they may not sign in.
    pub is_disabled: bool,
}

/// What no two users have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Unique {
    /// The id in the other system.
    ImportId(ImportId),
    /// The e-mail address.
    Email(EmailAddress),
    /// The username.
    Username(Username),
    /// An identity at an upstream provider.
    Upstream(UpstreamIdentity),
}

/// The user who has what is unique; absent if no user has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This user.
    User(UserId),
    /// This user, who registered here with the address and did not verify it.
    Unverified(UserId),
    /// A user who was deleted not long ago.
    Deleted,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineMistake {
    /// The line as a whole.
    Line(&'static str),
    /// Some of its fields.
    Fields(Mistakes),
}

/// What is to be done about a line.
#[derive(Clone, Debug)]
pub enum Decision {
    /// The user is new, and gets their address from this user if there is one.
    Import(Box<ImportedUser>, Option<UserId>),
    /// They were imported before.
    Exists(UserId),
    /// The line is refused.
    Refuse(LineMistake),
}

impl ImportedUser {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// All mistakes; they have nothing of the hash.
    pub fn parse(mut fields: Fields, now: Timestamp) -> Result<Self, LineMistake> {
        // Elsewhere an unknown field is ignored. Here a misspelled one would import all users without their passwords.
        if fields.has_others(&FIELDS) {
            return Err(LineMistake::Line("has a field that is not one of an imported user"));
        }
        let import_id = fields.required("import_id", ImportId::parse);
        let email = fields.optional("email", EmailAddress::parse);
        let is_email_verified = fields.flag("email_verified");
        let username = fields.optional("username", Username::parse);
        let name = fields.optional("name", DisplayName::parse).unwrap_or_else(DisplayName::unnamed_user);
        let locale = fields.optional("locale", Locale::parse);
        let created_at = fields.optional("created_at", |text| match Timestamp::parse_rfc3339(text)? {
            time if time > now => Err("must not be in the future".to_owned()),
            time => Ok(time),
        });
        let password_hash = fields.optional("password_hash", PasswordHash::import);
        let upstream = fields.optional_value("upstream", identities).unwrap_or_default();
        let is_disabled = fields.flag("disabled");
        if is_email_verified && !fields.has("email") {
            fields.mistake::<()>("email_verified", "needs an e-mail address".to_owned());
        }
        if !["email", "username", "upstream"].iter().any(|name| fields.has(name)) {
            fields.mistake::<()>("email", "is required for a user without a username and an identity".to_owned());
        }
        let user = fields.finish(|| {
            Some(Self {
                import_id: import_id?,
                email,
                is_email_verified,
                username,
                name,
                locale,
                created_at: created_at.unwrap_or(now),
                password_hash,
                upstream,
                is_disabled,
            })
        });
        user.map_err(LineMistake::Fields)
    }

    /// Everything of the user that must be unique.
    pub fn uniques(&self) -> impl Iterator<Item = Unique> {
        let import_id = Unique::ImportId(self.import_id.clone());
        let email = self.email.clone().map(Unique::Email);
        let username = self.username.clone().map(Unique::Username);
        [Some(import_id), email, username]
            .into_iter()
            .flatten()
            .chain(self.upstream.iter().cloned().map(Unique::Upstream))
    }
}

/// Reads a list of `{"issuer", "subject"}`.
fn identities(value: &Value) -> Result<Vec<UpstreamIdentity>, String> {
    let sentence = || format!("must be a list of 1 to {MOST_IDENTITIES} different pairs of issuer and subject");
    let pairs = value.as_array().filter(|pairs| (1..=MOST_IDENTITIES).contains(&pairs.len())).ok_or_else(sentence)?;
    let mut identities = Vec::new();
    for pair in pairs {
        let text = |name: &str| pair.get(name).and_then(Value::as_str).ok_or_else(sentence);
        let issuer = Issuer::parse(text("issuer")?).map_err(|mistake| format!("has an issuer that {mistake}"))?;
        let identity = UpstreamIdentity::new(issuer.as_str(), text("subject")?)
            .map_err(|_| "has a subject without 1 to 255 printable characters".to_owned())?;
        if pair.as_object().is_none_or(|pair| pair.len() != 2) || identities.contains(&identity) {
            return Err(sentence());
        }
        identities.push(identity);
    }
    Ok(identities)
}

impl Unique {
    /// The field of a line that has it.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::ImportId(_) => "import_id",
            Self::Email(_) => "email",
            Self::Username(_) => "username",
            Self::Upstream(_) => "upstream",
        }
    }

    /// The mistake when another user has it.
    pub fn taken(&self) -> (&'static str, String) {
        (self.field(), "belongs to another user".to_owned())
    }
}

/// Decides about a line. The id in the other system says whether the user was imported before, because their address may
/// have changed since, here or there. An address that the other system verified is taken from a user who did not verify
/// it. `claimed` has what earlier lines take.
pub fn decide(user: ImportedUser, owners: &HashMap<Unique, Owner>, claimed: &mut HashSet<Unique>) -> Decision {
    if let Some(Owner::User(id)) = owners.get(&Unique::ImportId(user.import_id.clone())) {
        return Decision::Exists(*id);
    }
    let mut mistakes = Mistakes::new();
    let mut predecessor = None;
    for unique in user.uniques() {
        match owners.get(&unique) {
            Some(Owner::Unverified(id)) if user.is_email_verified && !claimed.contains(&unique) => {
                predecessor = Some(*id)
            }
            Some(Owner::User(_) | Owner::Unverified(_)) => mistakes.extend([unique.taken()]),
            Some(Owner::Deleted) => _ = mistakes.insert(unique.field(), "is of a user who was deleted".to_owned()),
            None if claimed.contains(&unique) => {
                mistakes.insert(unique.field(), "is in an earlier line, too".to_owned());
            }
            None => {}
        }
    }
    if !mistakes.is_empty() {
        return Decision::Refuse(LineMistake::Fields(mistakes));
    }
    claimed.extend(user.uniques());
    Decision::Import(Box::new(user), predecessor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_seconds(1_785_231_000);

    fn parse(line: &Value) -> Result<ImportedUser, LineMistake> {
        ImportedUser::parse(Fields::from_json(line.to_string().as_bytes()).unwrap(), NOW)
    }

    fn mistakes(line: &Value) -> Vec<&'static str> {
        match parse(line) {
            Err(LineMistake::Fields(mistakes)) => mistakes.into_keys().collect(),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn a_line_has_a_user() {
        let user = parse(&json!({
            "import_id": "7", "email": "Ada@Example.com", "email_verified": true, "username": "Ada", "name": "Ada",
            "locale": "de", "created_at": "2020-01-01T00:00:00Z", "disabled": true,
            "password_hash": "$pbkdf2$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$mNjnroPeH9YvY20uELB2lu2HkQA",
            "upstream": [{"issuer": "https://accounts.example.com", "subject": "1"}],
        }));
        let user = user.unwrap();
        assert_eq!(user.created_at.to_rfc3339(), "2020-01-01T00:00:00Z");
        assert_eq!(
            user.uniques().map(|unique| unique.field()).collect::<Vec<_>>(),
            ["import_id", "email", "username", "upstream"]
        );
        assert!(user.is_email_verified && user.is_disabled && user.password_hash.is_some());
        assert!(!format!("{user:?}").contains("pbkdf2"));
        let least = parse(&json!({"import_id": "7", "username": "ada", "email": null})).unwrap();
        assert_eq!((least.created_at, least.name), (NOW, DisplayName::unnamed_user()));
    }

    #[test]
    fn all_mistakes_of_a_line_are_found() {
        assert_eq!(mistakes(&json!({})), ["email", "import_id"]);
        let wrong = json!({
            "import_id": 7, "email": "ada", "email_verified": "yes", "username": "a b", "name": "", "locale": "english",
            "created_at": "2999-01-01T00:00:00Z", "password_hash": "5f4dcc3b5aa765d61d8327deb882cf99", "upstream": [],
            "disabled": 1,
        });
        let mut all = FIELDS;
        all.sort_unstable();
        assert_eq!(mistakes(&wrong), all);
        assert_eq!(mistakes(&json!({"import_id": "7", "username": "ada", "email_verified": true})), ["email_verified"]);
        let pair = |issuer: &str, subject: &str| json!({"issuer": issuer, "subject": subject});
        let (good, insecure) = (pair("https://a.example", "1"), pair("http://a.example", "1"));
        for bad in [
            json!({}),
            json!(["x"]),
            json!([{"issuer": "https://a.example"}]),
            json!([{"issuer": "https://a.example", "subject": "1", "provider": "a"}]),
            json!([good, good]),
            json!([insecure]),
            json!([pair("https://a.example", "")]),
            json!(vec![good.clone(); 11]),
        ] {
            assert_eq!(mistakes(&json!({"import_id": "7", "upstream": bad})), ["upstream"], "{bad}");
        }
        let misspelled = json!({"import_id": "7", "email": "ada@example.com", "password": "x"});
        assert!(matches!(parse(&misspelled), Err(LineMistake::Line(_))));
    }

    #[test]
    fn an_earlier_import_is_known_by_its_id_and_everything_else_belongs_to_one_user() {
        let user = |id: &str, email: &str| parse(&json!({"import_id": id, "email": email})).unwrap();
        let (known, new) = (user("1", "a@example.com"), user("2", "a@example.com"));
        let owner = UserId::generate(NOW);
        let owners: HashMap<_, _> = known.uniques().map(|unique| (unique, Owner::User(owner))).collect();
        let mut claimed = HashSet::new();
        let mut outcome = |user: &ImportedUser| match decide(user.clone(), &owners, &mut claimed) {
            Decision::Import(_, None) => "new".to_owned(),
            Decision::Import(_, Some(_)) => "takes an address".to_owned(),
            Decision::Exists(id) => (id == owner).to_string(),
            Decision::Refuse(LineMistake::Fields(mistakes)) => {
                mistakes.into_iter().map(|(name, why)| format!("{name} {why}")).collect()
            }
            Decision::Refuse(LineMistake::Line(why)) => why.to_owned(),
        };
        assert_eq!(outcome(&known), "true");
        assert_eq!(outcome(&user("1", "other@example.com")), "true", "the address changed since");
        assert_eq!(outcome(&new), "email belongs to another user");
        assert_eq!(outcome(&user("3", "b@example.com")), "new");
        assert_eq!(outcome(&user("4", "b@example.com")), "email is in an earlier line, too");
        assert_eq!(outcome(&user("3", "c@example.com")), "import_id is in an earlier line, too");
    }

    #[test]
    fn a_verified_address_is_taken_once_from_a_user_who_did_not_verify_it() {
        let user = |id: &str, is_verified: bool| {
            parse(&json!({"import_id": id, "email": "a@example.com", "email_verified": is_verified})).unwrap()
        };
        let claimant = UserId::generate(NOW);
        let email = Unique::Email(EmailAddress::parse("a@example.com").unwrap());
        let owners = HashMap::from([(email, Owner::Unverified(claimant))]);
        let mut claimed = HashSet::new();
        assert!(matches!(decide(user("1", false), &owners, &mut claimed), Decision::Refuse(_)));
        assert!(
            matches!(decide(user("2", true), &owners, &mut claimed), Decision::Import(_, Some(id)) if id == claimant)
        );
        assert!(matches!(decide(user("3", true), &owners, &mut claimed), Decision::Refuse(_)));
    }
}
