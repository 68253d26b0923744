//! `template.yaml` as JSON values: YAML tags become CloudFormation's long forms.

use std::sync::OnceLock;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use crate::error::StartError;

/// The deployed template, compiled in.
const SOURCE: &str = include_str!("../../../template.yaml");

/// The deployed template as values: parsed once for a process, because that takes longer than all else at a start.
///
/// # Errors
///
/// What is wrong with the YAML.
pub fn deployed() -> Result<&'static Value, StartError> {
    static DEPLOYED: OnceLock<Value> = OnceLock::new();
    match DEPLOYED.get() {
        Some(template) => Ok(template),
        None => {
            let template = parse(SOURCE)?;
            Ok(DEPLOYED.get_or_init(|| template))
        }
    }
}

/// Parses a template.
///
/// # Errors
///
/// The mistake in the YAML.
pub fn parse(source: &str) -> Result<Value, StartError> {
    let documents =
        Yaml::load_from_str(source).map_err(|error| StartError::new(format!("template.yaml is not YAML: {error}")))?;
    match <[Yaml<'_>; 1]>::try_from(documents) {
        Ok([document]) => convert(document),
        Err(_) => Err(StartError::new("template.yaml must have one document")),
    }
}

fn convert(yaml: Yaml<'_>) -> Result<Value, StartError> {
    Ok(match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(convert).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = text(&convert(key)?)
                    .ok_or_else(|| StartError::new("template.yaml has a key that is not a string"))?;
                if map.insert(key.clone(), convert(value)?).is_some() {
                    return Err(StartError::new(format!("template.yaml has a duplicate key {key}")));
                }
            }
            Value::Object(map)
        }
        Yaml::Tagged(tag, node) => long_form(&tag.suffix, convert(*node)?),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            return Err(StartError::new("template.yaml has a value that cannot be read"));
        }
    })
}

/// `!Sub x` is `{"Fn::Sub": x}`; `!Ref` and `!Condition` keep their names; `!GetAtt A.B` is a list.
fn long_form(tag: &str, value: Value) -> Value {
    let name = if matches!(tag, "Ref" | "Condition") { tag.to_owned() } else { format!("Fn::{tag}") };
    let value = match (tag, value.as_str().and_then(|value| value.split_once('.'))) {
        ("GetAtt", Some((resource, attribute))) => json!([resource, attribute]),
        _ => value,
    };
    Value::Object(Map::from_iter([(name, value)]))
}

/// A scalar as a string, as CloudFormation passes it on.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_as_the_long_form() {
        let value = parse("a: !Ref B\nb: !GetAtt C.Arn\nc: !If [D, 1, !Sub '${E}']\nd: !Mystery x").unwrap();
        assert_eq!(value["a"], json!({"Ref": "B"}));
        assert_eq!(value["b"], json!({"Fn::GetAtt": ["C", "Arn"]}));
        assert_eq!(value["c"], json!({"Fn::If": ["D", 1, {"Fn::Sub": "${E}"}]}));
        assert_eq!(value["d"], json!({"Fn::Mystery": "x"}));
    }

    #[test]
    fn invalid_yaml_is_refused_with_a_sentence() {
        let error = parse("a: [").unwrap_err().to_string();
        assert!(error.starts_with("template.yaml is not YAML"), "{error}");
    }
}
