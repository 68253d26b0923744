//! Environment variables, read one by one; all mistakes are reported at once.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

use crate::domain::user::UserId;

/// The variables of a process, and the mistakes in those that were read so far.
pub(super) struct Vars<'a> {
    pub(super) var: &'a dyn Fn(&str) -> Option<String>,
    pub(super) mistakes: Vec<String>,
}

impl Vars<'_> {
    pub(super) fn get(&self, name: &str) -> Option<String> {
        (self.var)(name).filter(|value| !value.trim().is_empty())
    }

    pub(super) fn required(&mut self, name: &str) -> String {
        self.get(name).unwrap_or_else(|| {
            self.mistakes.push(format!("{name} must be set"));
            String::new()
        })
    }

    pub(super) fn parsed<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, &'static str>) -> Option<T> {
        let value = self.get(name)?;
        parse(value.trim()).map_err(|mistake| self.mistakes.push(format!("{name} {mistake}"))).ok()
    }

    pub(super) fn number<T>(&mut self, name: &str, default: T, allowed: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let Some(value) = self.get(name) else { return default };
        match value.trim().parse() {
            Ok(number) if allowed.contains(&number) => number,
            _ => {
                self.mistakes.push(format!(
                    "{name} must be a whole number from {} to {}",
                    allowed.start(),
                    allowed.end()
                ));
                default
            }
        }
    }

    pub(super) fn seconds(&mut self, name: &str, default: u64, allowed: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(name, default, allowed))
    }

    pub(super) fn days(&mut self, name: &str, default: u64, allowed: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(86_400 * self.number(name, default, allowed))
    }
}

/// RFC 8414 §2: `https`, no query, no fragment; plain `http` only on the machine itself. The string is stored unchanged.
pub(super) fn issuer(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text).map_err(|_| "must be a URL")?;
    let is_local = url.scheme() == "http"
        && matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]" | "host.docker.internal"));
    if url.scheme() != "https" && !is_local {
        return Err("must be an https URL");
    }
    if text.ends_with('/')
        || url.path() != "/"
        || url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
    {
        return Err("must be an origin only, such as https://auth.example.com, without a slash at the end");
    }
    Ok(text.to_owned())
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "must be true or false")
}

pub(super) fn logo_url(text: &str) -> Result<Url, &'static str> {
    Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.has_host()).ok_or("must be an https URL")
}

pub(super) fn ranges_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.query().is_none());
    let url = url.filter(|url| url.path().ends_with('/') && url.fragment().is_none());
    url.ok_or("must be an https URL that ends with a slash, like https://api.pwnedpasswords.com/range/")
}

pub(super) fn admin_user_ids(text: &str) -> Result<BTreeSet<UserId>, &'static str> {
    let ids = text.split([' ', ',']).filter(|id| !id.is_empty());
    ids.map(|id| UserId::parse(id).ok_or("must be user ids (UUIDs) with commas between them")).collect()
}
