//! The part of CloudFormation's language that the template uses; anything else is refused, never guessed.

use serde_json::{Map, Value, json};

use crate::error::StartError;
use crate::parameters::Parameters;
use crate::template::text;

/// The region of everything on this machine.
pub const REGION: &str = "eu-central-1";
/// The account of everything on this machine.
pub const ACCOUNT: &str = "000000000000";
/// The name of the stack on this machine.
pub const STACK: &str = "driftwood";

/// Evaluates a template's values.
pub struct Evaluator<'a> {
    template: &'a Value,
    parameters: &'a Parameters,
    suffix: &'a str,
}

impl<'a> Evaluator<'a> {
    /// An evaluator that ends the names of the resources with `suffix`.
    pub const fn new(template: &'a Value, parameters: &'a Parameters, suffix: &'a str) -> Self {
        Self { template, parameters, suffix }
    }

    /// Evaluates a value; none is `AWS::NoValue`.
    ///
    /// # Errors
    ///
    /// What the evaluator does not know.
    pub fn value(&self, value: &Value) -> Result<Option<Value>, StartError> {
        match value {
            Value::Object(map) => match intrinsic(map) {
                Some((name, argument)) => self.call(name, argument),
                None => self.map(map).map(Some),
            },
            Value::Array(items) => {
                let items = items.iter().filter_map(|item| self.value(item).transpose());
                items.collect::<Result<Vec<_>, _>>().map(|items| Some(Value::Array(items)))
            }
            scalar => Ok(Some(scalar.clone())),
        }
    }

    fn map(&self, map: &Map<String, Value>) -> Result<Value, StartError> {
        if let Some(name) = map.keys().find(|name| name.starts_with("Fn::")) {
            return Err(StartError::new(format!("template.yaml has {name} with something else beside it")));
        }
        let mut evaluated = Map::new();
        for (key, value) in map {
            if let Some(value) = self.value(value)? {
                evaluated.insert(key.clone(), value);
            }
        }
        Ok(Value::Object(evaluated))
    }

    fn call(&self, name: &str, argument: &Value) -> Result<Option<Value>, StartError> {
        match name {
            "Ref" => self.reference(&required_text(name, argument)?),
            "Fn::Sub" => self.substitute(argument).map(|text| Some(Value::String(text))),
            "Fn::GetAtt" => self.attribute(argument).map(Some),
            "Fn::If" => match argument.as_array().map(Vec::as_slice) {
                Some([condition, yes, no]) => {
                    let chosen = if self.named_condition(&required_text(name, condition)?)? { yes } else { no };
                    self.value(chosen)
                }
                _ => Err(malformed(name, argument)),
            },
            other => Err(StartError::new(format!("template.yaml uses {other}, which the local server does not know"))),
        }
    }

    /// Evaluates a condition by its name.
    ///
    /// # Errors
    ///
    /// An unknown name, or what the evaluator does not know.
    pub fn named_condition(&self, name: &str) -> Result<bool, StartError> {
        let condition = self.template.get("Conditions").and_then(|conditions| conditions.get(name));
        self.condition(condition.ok_or_else(|| StartError::new(format!("template.yaml has no condition {name}")))?)
    }

    fn condition(&self, condition: &Value) -> Result<bool, StartError> {
        let (name, argument) = condition
            .as_object()
            .and_then(intrinsic)
            .ok_or_else(|| StartError::new(format!("template.yaml has a malformed condition: {condition}")))?;
        let list = || argument.as_array().map(Vec::as_slice).ok_or_else(|| malformed(name, argument));
        match (name, argument) {
            ("Condition", argument) => self.named_condition(&required_text(name, argument)?),
            ("Fn::Equals", _) => match list()? {
                [left, right] => Ok(self.scalar(name, left)? == self.scalar(name, right)?),
                _ => Err(malformed(name, argument)),
            },
            ("Fn::Not", _) => match list()? {
                [condition] => Ok(!self.condition(condition)?),
                _ => Err(malformed(name, argument)),
            },
            ("Fn::And", _) => list()?.iter().try_fold(true, |all, condition| Ok(self.condition(condition)? && all)),
            ("Fn::Or", _) => list()?.iter().try_fold(false, |any, condition| Ok(self.condition(condition)? || any)),
            _ => {
                let sentence =
                    format!("template.yaml uses {name} as a condition, which the local server does not know");
                Err(StartError::new(sentence))
            }
        }
    }

    fn scalar(&self, name: &str, value: &Value) -> Result<String, StartError> {
        self.value(value)?.as_ref().and_then(text).ok_or_else(|| malformed(name, value))
    }

    fn reference(&self, name: &str) -> Result<Option<Value>, StartError> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = pseudo_parameter(name) {
            return Ok(Some(json!(value)));
        }
        if let Some(value) = self.parameters.get(name) {
            return Ok(Some(json!(value)));
        }
        let kind = self.kind(name)?;
        let id = if kind == "AWS::SecretsManager::Secret" { self.arn(name)? } else { self.name(name)? };
        Ok(Some(json!(id)))
    }

    fn attribute(&self, argument: &Value) -> Result<Value, StartError> {
        let path = match argument {
            Value::String(path) => {
                path.split_once('.').map(|(resource, attribute)| (resource.to_owned(), attribute.to_owned()))
            }
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(resource), Value::String(attribute)] => Some((resource.clone(), attribute.clone())),
                _ => None,
            },
            _ => None,
        };
        let (resource, attribute) = path.ok_or_else(|| malformed("Fn::GetAtt", argument))?;
        if attribute == "Arn" {
            return self.arn(&resource).map(Value::String);
        }
        if attribute == "StreamArn" && self.has_stream(&resource)? {
            return Ok(Value::String(format!("{}/stream/local", self.arn(&resource)?)));
        }
        let sentence = format!("template.yaml uses {resource}.{attribute}: the local server knows Arn, and StreamArn");
        Err(StartError::new(format!("{sentence} of a table with a stream")))
    }

    fn has_stream(&self, resource: &str) -> Result<bool, StartError> {
        let declaration = self.template.get("Resources").and_then(|resources| resources.get(resource));
        let stream = declaration.and_then(|declaration| declaration.pointer("/Properties/StreamSpecification"));
        Ok(self.kind(resource)? == "AWS::DynamoDB::Table" && stream.is_some())
    }

    fn substitute(&self, argument: &Value) -> Result<String, StartError> {
        let (format, variables) = match argument {
            Value::String(format) => (format.as_str(), None),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(format), Value::Object(variables)] => (format.as_str(), Some(variables)),
                _ => return Err(malformed("Fn::Sub", argument)),
            },
            _ => return Err(malformed("Fn::Sub", argument)),
        };
        let (mut result, mut rest) = (String::new(), format);
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| malformed("Fn::Sub", argument))?;
            result.push_str(before);
            match name.strip_prefix('!') {
                Some(literal) => result.push_str(&format!("${{{literal}}}")),
                None => result.push_str(&self.variable(name, variables)?),
            }
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }

    fn variable(&self, name: &str, variables: Option<&Map<String, Value>>) -> Result<String, StartError> {
        let value = match (variables.and_then(|variables| variables.get(name)), name.split_once('.')) {
            (Some(value), _) => self.value(value)?,
            (None, Some((resource, attribute))) => Some(self.attribute(&json!([resource, attribute]))?),
            (None, None) => self.reference(name)?,
        };
        value
            .as_ref()
            .and_then(text)
            .ok_or_else(|| StartError::new(format!("template.yaml puts {name} into a string, but it is not a string")))
    }

    fn kind(&self, resource: &str) -> Result<&str, StartError> {
        let declaration = self.template.get("Resources").and_then(|resources| resources.get(resource));
        let kind = declaration.and_then(|declaration| declaration.get("Type")).and_then(Value::as_str);
        kind.ok_or_else(|| StartError::new(format!("template.yaml has no parameter and no resource {resource}")))
    }

    /// The name of a resource on this machine: its logical id, with which `sam local` replaces a `Ref` too.
    fn name(&self, resource: &str) -> Result<String, StartError> {
        let declaration = self.template.get("Resources").and_then(|resources| resources.get(resource));
        let property = match self.kind(resource)? {
            "AWS::DynamoDB::Table" => "TableName",
            "AWS::SecretsManager::Secret" => "Name",
            "AWS::Serverless::Function" => "FunctionName",
            _ => return Ok(resource.to_owned()),
        };
        let given = declaration.and_then(|declaration| declaration.get("Properties")?.get(property));
        let given = given.map(|name| self.scalar(property, name)).transpose()?;
        Ok(format!("{}{}", given.unwrap_or_else(|| resource.to_owned()), self.suffix))
    }

    /// The ARN of a resource on this machine.
    fn arn(&self, resource: &str) -> Result<String, StartError> {
        let name = self.name(resource)?;
        let (service, path) = match self.kind(resource)? {
            "AWS::DynamoDB::Table" => ("dynamodb", format!("table/{name}")),
            "AWS::SecretsManager::Secret" => ("secretsmanager", format!("secret:{name}-local0")),
            "AWS::Serverless::Function" => ("lambda", format!("function:{name}")),
            "AWS::Logs::LogGroup" => ("logs", format!("log-group:{name}:*")),
            "AWS::SQS::Queue" => ("sqs", name),
            other => {
                let sentence =
                    format!("template.yaml asks for the ARN of {resource}: the local server has none for {other}");
                return Err(StartError::new(sentence));
            }
        };
        Ok(format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{path}"))
    }
}

/// A map with a single entry that CloudFormation evaluates.
fn intrinsic(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((name, argument)), None) => {
            let is_condition = name == "Condition" && argument.is_string();
            (name == "Ref" || is_condition || name.starts_with("Fn::")).then_some((name.as_str(), argument))
        }
        _ => None,
    }
}

fn pseudo_parameter(name: &str) -> Option<&'static str> {
    Some(match name {
        "AWS::Region" => REGION,
        "AWS::AccountId" => ACCOUNT,
        "AWS::StackName" => STACK,
        "AWS::Partition" => "aws",
        "AWS::URLSuffix" => "amazonaws.com",
        _ => return None,
    })
}

fn required_text(name: &str, value: &Value) -> Result<String, StartError> {
    value.as_str().map(str::to_owned).ok_or_else(|| malformed(name, value))
}

fn malformed(name: &str, argument: &Value) -> StartError {
    StartError::new(format!("template.yaml uses {name} in a way that the local server does not know: {argument}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::parse;

    const TEMPLATE: &str = "
Conditions:
  IsBig: !Equals [!Ref Size, big]
  IsSmall: !Not [!Condition IsBig]
  Both: !And [!Condition IsBig, !Condition IsSmall]
  Either: !Or [{Condition: IsBig}, !Condition IsSmall]
Resources:
  Things: {Type: 'AWS::DynamoDB::Table'}
  Told: {Type: 'AWS::DynamoDB::Table', Properties: {StreamSpecification: {StreamViewType: KEYS_ONLY}}}
  Named: {Type: 'AWS::DynamoDB::Table', Properties: {TableName: !Sub '${AWS::StackName}-x'}}
  Hush: {Type: 'AWS::SecretsManager::Secret'}
  Api: {Type: 'AWS::Serverless::HttpApi'}
";

    fn evaluate(size: &str, yaml: &str) -> Result<Option<Value>, String> {
        let template = parse(TEMPLATE).unwrap();
        let parameters = Parameters::from([("Size".to_owned(), size.to_owned())]);
        Evaluator::new(&template, &parameters, "").value(&parse(yaml).unwrap()).map_err(|error| error.to_string())
    }

    fn text_of(yaml: &str) -> String {
        evaluate("big", yaml).unwrap().unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn ref_names_parameters_pseudo_parameters_and_resources() {
        assert_eq!(text_of("!Ref Size"), "big");
        assert_eq!(text_of("{Ref: Size}"), "big");
        assert_eq!(text_of("!Ref AWS::Region"), REGION);
        assert_eq!(text_of("!Ref Things"), "Things");
        assert_eq!(text_of("!Ref Named"), "driftwood-x");
        assert_eq!(text_of("!Ref Hush"), "arn:aws:secretsmanager:eu-central-1:000000000000:secret:Hush-local0");
        assert!(evaluate("big", "!Ref Nothing").unwrap_err().contains("Nothing"));
    }

    #[test]
    fn no_value_removes_its_entry() {
        assert_eq!(evaluate("big", "!Ref AWS::NoValue"), Ok(None));
        assert_eq!(evaluate("big", "{a: 1, b: !Ref 'AWS::NoValue'}"), Ok(Some(json!({"a": 1}))));
        assert_eq!(evaluate("big", "[1, !Ref 'AWS::NoValue']"), Ok(Some(json!([1]))));
    }

    #[test]
    fn sub_fills_in_names_attributes_and_its_own_variables() {
        assert_eq!(
            text_of("!Sub 'a-${Size}-${Things.Arn}'"),
            "a-big-arn:aws:dynamodb:eu-central-1:000000000000:table/Things"
        );
        assert_eq!(text_of("Fn::Sub: ['${X}${!Y}', {X: !Ref Size}]"), "big${Y}");
        assert!(evaluate("big", "!Sub '${'").is_err());
    }

    #[test]
    fn getatt_knows_arns_and_streams() {
        let arn = "arn:aws:dynamodb:eu-central-1:000000000000:table/Things";
        assert_eq!(text_of("!GetAtt Things.Arn"), arn);
        assert_eq!(text_of("Fn::GetAtt: [Things, Arn]"), arn);
        assert_eq!(text_of("!GetAtt Told.StreamArn"), arn.replace("Things", "Told") + "/stream/local");
        assert!(evaluate("big", "!GetAtt Things.StreamArn").is_err());
        assert!(evaluate("big", "!GetAtt Things.Other").unwrap_err().contains("Things.Other"));
        assert!(evaluate("big", "!GetAtt Api.Arn").is_err());
    }

    #[test]
    fn if_chooses_by_conditions() {
        assert_eq!(text_of("!If [IsBig, yes, no]"), "yes");
        assert_eq!(evaluate("small", "!If [IsBig, 'a', 'b']"), Ok(Some(json!("b"))));
        assert_eq!(text_of("!If [IsSmall, 'a', 'b']"), "b");
        assert_eq!(text_of("!If [Both, 'a', 'b']"), "b");
        assert_eq!(text_of("!If [Either, 'a', 'b']"), "a");
        assert!(evaluate("big", "!If [Unknown, 1, 2]").unwrap_err().contains("no condition Unknown"));
    }

    #[test]
    fn anything_else_is_refused() {
        for yaml in ["!Join ['', [a]]", "!Select [0, [a]]", "{Fn::Base64: x}", "!ImportValue x"] {
            assert!(evaluate("big", yaml).unwrap_err().contains("does not know"), "{yaml}");
        }
        assert!(evaluate("big", "{Fn::Sub: x, other: y}").is_err());
        assert!(evaluate("big", "!If [IsBig, 1]").is_err());
    }
}
