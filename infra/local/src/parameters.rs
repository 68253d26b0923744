//! The template's parameters and their values on this machine.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::StartError;
use crate::template::text;

/// The parameters of a template, by name.
pub type Parameters = BTreeMap<String, String>;

/// Returns the value of every parameter: the one that was set, or else the one for a laptop, or else the template's default.
///
/// # Errors
///
/// A name that the template does not have, a value that it does not allow, or no value at all.
pub fn parameters(template: &Value, issuer: &str, set: &[(String, String)]) -> Result<Parameters, StartError> {
    let declared = template.get("Parameters").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some((name, _)) = set.iter().find(|(name, _)| !declared.contains_key(name)) {
        let sentence = match nearest(name, declared.keys().map(String::as_str)) {
            Some(nearest) => format!("there is no parameter {name:?}: did you mean {nearest}?"),
            None => {
                let known = declared.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                format!("there is no parameter {name:?}: the template has {known}.")
            }
        };
        return Err(StartError::new(sentence));
    }
    let mut values = Parameters::new();
    for (name, declaration) in &declared {
        let kind = declaration.get("Type").and_then(Value::as_str).unwrap_or_default();
        if !matches!(kind, "String" | "Number") {
            let sentence = format!("parameter {name} is of type {kind}, which the local server does not know");
            return Err(StartError::new(sentence));
        }
        let chosen = set.iter().rev().find(|(set, _)| set == name).map(|(_, value)| value.clone());
        let default = || declaration.get("Default").and_then(text);
        let value = chosen
            .or_else(|| on_a_laptop(name, issuer))
            .or_else(default)
            .ok_or_else(|| StartError::new(format!("parameter {name} needs a value: --set {name}=VALUE")))?;
        check(name, declaration, &value)?;
        values.insert(name.clone(), value);
    }
    Ok(values)
}

/// The name that was probably meant: the most similar one, if it is similar at all. Upper and lower case do not matter.
fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    /// How similar two names are at least, from 0 to 1.
    const SIMILAR: f64 = 0.7;
    let similarity = |known: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase());
    let similar = known.map(|known| (similarity(known), known)).filter(|(similarity, _)| *similarity >= SIMILAR);
    similar.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

/// The value of a parameter on a laptop, which is not attacked: limits are hundreds a minute there.
fn on_a_laptop(name: &str, issuer: &str) -> Option<String> {
    match name {
        "IssuerUrl" => Some(issuer.to_owned()),
        // Mail goes to a mailbox on this machine.
        "MailFrom" => Some("Driftwood <driftwood@localhost.localdomain>".to_owned()),
        "MailIdentity" => Some("localhost.localdomain".to_owned()),
        // Events go to a bus on this machine.
        "EventBusName" => Some("local".to_owned()),
        // A developer registers the same address again.
        "AddressHoldSeconds" | "DeletionGraceSeconds" => Some("0".to_owned()),
        // Nobody verifies the address of a developer who tries something.
        "UnverifiedQuotaPercent" => Some("100".to_owned()),
        "LoginLimit"
        | "LoginAddressLimit"
        | "LoginEmailLimit"
        | "RegisterAddressLimit"
        | "ClientLimit"
        | "ClientAddressLimit"
        | "MailLimit"
        | "NoticeLimit"
        | "MailAddressLimit" => Some("600".to_owned()),
        "LoginWindowSeconds"
        | "LoginAddressWindowSeconds"
        | "LoginEmailWindowSeconds"
        | "RegisterAddressWindowSeconds"
        | "ClientWindowSeconds"
        | "ClientAddressWindowSeconds"
        | "MailWindowSeconds"
        | "NoticeWindowSeconds"
        | "MailAddressWindowSeconds" => Some("60".to_owned()),
        _ => None,
    }
}

fn check(name: &str, declaration: &Value, value: &str) -> Result<(), StartError> {
    if let Some(allowed) = declaration.get("AllowedValues").and_then(Value::as_array) {
        let allowed: Vec<String> = allowed.iter().filter_map(text).collect();
        if !allowed.iter().any(|allowed| allowed == value) {
            let sentence = format!("parameter {name} cannot be {value:?}: it is one of {}.", allowed.join(", "));
            return Err(StartError::new(sentence));
        }
    }
    if declaration.get("Type").and_then(Value::as_str) == Some("Number") {
        let bound = |bound| declaration.get(bound).and_then(text).and_then(|bound| bound.parse::<i64>().ok());
        let (least, most) = (bound("MinValue").unwrap_or(i64::MIN), bound("MaxValue").unwrap_or(i64::MAX));
        if !value.parse().is_ok_and(|number: i64| (least..=most).contains(&number)) {
            let range = match (least, most) {
                (i64::MIN, i64::MAX) => String::new(),
                (least, i64::MAX) => format!(" of {least} or more"),
                (i64::MIN, most) => format!(" of {most} or less"),
                (least, most) => format!(" from {least} to {most}"),
            };
            let sentence = format!("parameter {name} cannot be {value:?}: it is a whole number{range}.");
            return Err(StartError::new(sentence));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(set: &[(&str, &str)]) -> Result<Parameters, StartError> {
        let template = json!({"Parameters": {
            "Colour": {"Type": "String", "Default": "red", "AllowedValues": ["red", "green"]},
            "Days": {"Type": "Number", "Default": 3, "MinValue": 1, "MaxValue": 9},
            "IssuerUrl": {"Type": "String", "Default": ""},
            "LoginLimit": {"Type": "Number", "Default": 10},
            "MailFrom": {"Type": "String", "Default": ""},
        }});
        let set: Vec<_> = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        parameters(&template, "http://127.0.0.1:1", &set)
    }

    #[test]
    fn a_laptop_has_high_limits_unless_they_are_set() {
        let values = read(&[]).unwrap();
        assert_eq!((&*values["Colour"], &*values["Days"], &*values["LoginLimit"]), ("red", "3", "600"));
        assert_eq!(values["IssuerUrl"], "http://127.0.0.1:1");
        assert_eq!(read(&[("LoginLimit", "2"), ("LoginLimit", "4")]).unwrap()["LoginLimit"], "4");
        assert_eq!(read(&[("MailFrom", "")]).unwrap()["MailFrom"], "", "an empty value can be set, too");
    }

    #[test]
    fn a_mistake_is_reported_as_a_sentence() {
        let message = |name, value| read(&[(name, value)]).unwrap_err().to_string();
        assert_eq!(message("Color", "red"), "there is no parameter \"Color\": did you mean Colour?");
        assert_eq!(message("loginlimits", "3"), "there is no parameter \"loginlimits\": did you mean LoginLimit?");
        let unlike = message("Verbosity", "9");
        assert!(unlike.ends_with("the template has Colour, Days, IssuerUrl, LoginLimit, MailFrom."), "{unlike}");
        assert_eq!(message("Colour", "blue"), "parameter Colour cannot be \"blue\": it is one of red, green.");
        assert_eq!(message("Days", "10"), "parameter Days cannot be \"10\": it is a whole number from 1 to 9.");
        assert_eq!(message("Days", "two"), "parameter Days cannot be \"two\": it is a whole number from 1 to 9.");
    }
}
