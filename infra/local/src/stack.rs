//! The stack that the template describes, evaluated for this machine.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::error::StartError;
use crate::evaluate::Evaluator;
use crate::event_pattern::EventPattern;
use crate::parameters::Parameters;
use crate::template::text;

/// The route of requests that match no other route.
pub const DEFAULT_ROUTE: &str = "$default";

/// A stack.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The parameters' values.
    pub parameters: Parameters,
    /// The tables.
    pub tables: Vec<Table>,
    /// The secrets.
    pub secrets: Vec<StackSecret>,
    /// The functions, by folder name.
    pub functions: BTreeMap<String, Function>,
    /// The routes, in the order of the functions and their events by name.
    pub routes: Vec<Route>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its id in the template, such as `UsersTable`.
    pub logical_id: String,
    /// Its name on this machine.
    pub name: String,
    /// Its ARN on this machine.
    pub arn: String,
    /// The attributes of the key, each with `HASH` or `RANGE`.
    pub key_schema: Vec<(String, String)>,
    /// The declared attributes, each with its type.
    pub attributes: Vec<(String, String)>,
    /// The attribute with the time at which an item expires.
    pub time_to_live: Option<String>,
    /// The indexes.
    pub indexes: Vec<Index>,
    /// What its stream has, if it has one.
    pub stream: Option<StreamView>,
}

/// What the records of a stream have beside the key of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamView {
    /// Nothing.
    Keys,
    /// The item as it is.
    New,
    /// The item as it was and as it is.
    Both,
}

impl StreamView {
    fn named(name: &str) -> Option<Self> {
        match name {
            "KEYS_ONLY" => Some(Self::Keys),
            "NEW_IMAGE" => Some(Self::New),
            "NEW_AND_OLD_IMAGES" => Some(Self::Both),
            _ => None,
        }
    }
}

/// A global secondary index.
#[derive(Clone, Debug)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The attributes of its key, each with `HASH` or `RANGE`.
    pub key_schema: Vec<(String, String)>,
    /// The projected attributes: `KEYS_ONLY` or `ALL`.
    pub projection: String,
}

impl Table {
    /// Returns whether the stream with this ARN belongs to this table.
    pub fn has_stream(&self, arn: &str) -> bool {
        arn.strip_prefix(&self.arn).is_some_and(|rest| rest.starts_with("/stream/"))
    }
}

/// A secret, before anything was put into it.
#[derive(Clone, Debug)]
pub struct StackSecret {
    /// Its id in the template, such as `SigningKeysSecret`.
    pub logical_id: String,
    /// Its ARN on this machine.
    pub arn: String,
    /// Its initial value.
    pub initial: String,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its folder in `functions/`, which is its name everywhere.
    pub name: String,
    /// Its id in the template, such as `AuthLogin`.
    pub logical_id: String,
    /// Its environment, including that of `Globals`.
    pub environment: BTreeMap<String, String>,
    /// The evaluated statements of its `Policies`, with the ARNs of this machine.
    pub statements: Vec<Value>,
    /// What calls it, apart from routes.
    pub triggers: Vec<Trigger>,
}

impl Function {
    /// Returns whether its policy allows this action on the resource with this ARN.
    pub fn may(&self, action: &str, arn: &str) -> bool {
        let names = |value: &Value, name: &str| match value {
            Value::Array(all) => all.iter().any(|one| one == name),
            one => one == name,
        };
        let mut statements = self.statements.iter();
        statements.any(|statement| names(&statement["Action"], action) && names(&statement["Resource"], arn))
    }
}

/// A trigger that calls a function without an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A table's stream.
    Stream {
        /// Its ARN.
        stream: String,
        /// What its records must match: one of these, or anything if there is none.
        filters: Vec<EventPattern>,
    },
    /// A schedule with this period.
    Every(Duration),
}

/// A stream that calls a function.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The function's name.
    pub function: String,
    /// The table's name.
    pub table: String,
    /// What its records have.
    pub view: StreamView,
    /// Its ARN.
    pub arn: String,
    /// What its records must match: one of these, or anything if there is none.
    pub filters: Vec<EventPattern>,
}

impl Stream {
    /// Returns whether a change of the item with this key may call the function.
    pub fn may_tell(&self, table: &str, keys: &Value) -> bool {
        self.table == table && (self.filters.is_empty() || self.filters.iter().any(|one| one.may_match_key(keys)))
    }
}

/// A path and its function, for all methods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The path in the template, or `$default`.
    pub path: String,
    /// The function's name.
    pub function: String,
}

impl Route {
    /// The route as API Gateway names it.
    pub fn key(&self) -> String {
        if self.path == DEFAULT_ROUTE { self.path.clone() } else { format!("ANY {}", self.path) }
    }
}

impl Stack {
    /// The streams that call functions.
    pub fn streams(&self) -> impl Iterator<Item = Stream> {
        let triggers =
            self.functions.iter().flat_map(|(name, function)| function.triggers.iter().map(move |one| (name, one)));
        triggers.filter_map(|(function, trigger)| {
            let Trigger::Stream { stream, filters } = trigger else { return None };
            let table = self.tables.iter().find(|table| table.has_stream(stream))?;
            let (function, table, view) = (function.clone(), table.name.clone(), table.stream?);
            Some(Stream { function, table, view, arn: stream.clone(), filters: filters.clone() })
        })
    }

    /// Evaluates a template; the names of tables and secrets get `suffix` at the end.
    ///
    /// # Errors
    ///
    /// The part of the template that the local server does not know.
    pub fn new(template: &Value, parameters: Parameters, suffix: &str) -> Result<Self, StartError> {
        let evaluator = Evaluator::new(template, &parameters, suffix);
        let globals = template.pointer("/Globals/Function").cloned().unwrap_or_else(|| json!({}));
        let globals = evaluator.value(&globals)?.unwrap_or_default();
        let mut stack = Self {
            tables: Vec::new(),
            secrets: Vec::new(),
            functions: BTreeMap::new(),
            routes: Vec::new(),
            parameters: Parameters::new(),
        };
        for (id, resource) in template.get("Resources").and_then(Value::as_object).into_iter().flatten() {
            if let Some(condition) = resource.get("Condition").and_then(Value::as_str)
                && !evaluator.named_condition(condition)?
            {
                continue;
            }
            let properties = match resource.get("Properties") {
                Some(properties) => evaluator.value(properties)?.unwrap_or_default(),
                None => json!({}),
            };
            let arn = || -> Result<String, StartError> {
                let arn = evaluator.value(&json!({"Fn::GetAtt": [id, "Arn"]}))?;
                Ok(arn.as_ref().and_then(text).unwrap_or_default())
            };
            match resource.get("Type").and_then(Value::as_str).unwrap_or_default() {
                "AWS::DynamoDB::Table" => {
                    let name = evaluator.value(&json!({"Ref": id}))?.as_ref().and_then(text).unwrap_or_default();
                    stack.tables.push(table(id, name, arn()?, &properties)?);
                }
                "AWS::SecretsManager::Secret" => {
                    let sentence = || format!("template.yaml gives {id} no SecretString and no GenerateSecretString");
                    let generated = properties.get("GenerateSecretString").map(|_| crate::random_id());
                    let initial = string(&properties, "SecretString").or(generated);
                    let initial = initial.ok_or_else(|| StartError::new(sentence()))?;
                    stack.secrets.push(StackSecret { logical_id: id.clone(), arn: arn()?, initial });
                }
                "AWS::Serverless::Function" => {
                    let function = function(id, &properties, &globals)?;
                    stack.routes.extend(routes(&function.name, &properties)?);
                    stack.functions.insert(function.name.clone(), function);
                }
                _ => {}
            }
        }
        stack.parameters = parameters;
        Ok(stack)
    }

    /// The table with this id in the template, with or without `Table` at its end.
    pub fn table(&self, id: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.logical_id == id || table.logical_id.strip_suffix("Table") == Some(id))
    }

    /// The secret with this id in the template, with or without `Secret` at its end.
    pub fn secret(&self, id: &str) -> Option<&StackSecret> {
        self.secrets
            .iter()
            .find(|secret| secret.logical_id == id || secret.logical_id.strip_suffix("Secret") == Some(id))
    }
}

fn table(id: &str, name: String, arn: String, properties: &Value) -> Result<Table, StartError> {
    if properties.get("LocalSecondaryIndexes").is_some() {
        let sentence =
            format!("template.yaml gives {id} LocalSecondaryIndexes, which the local server does not create");
        return Err(StartError::new(sentence));
    }
    let indexes = properties.get("GlobalSecondaryIndexes").and_then(Value::as_array).into_iter().flatten();
    let indexes = indexes.map(|properties| index(id, properties)).collect::<Result<_, _>>()?;
    let time_to_live = properties.get("TimeToLiveSpecification").and_then(|time_to_live| {
        let is_on = string(time_to_live, "Enabled").as_deref() == Some("true");
        is_on.then(|| string(time_to_live, "AttributeName"))?
    });
    Ok(Table {
        logical_id: id.to_owned(),
        name,
        arn,
        key_schema: pairs(properties, "KeySchema", "KeyType"),
        attributes: pairs(properties, "AttributeDefinitions", "AttributeType"),
        time_to_live,
        stream: stream(id, properties)?,
        indexes,
    })
}

fn stream(table: &str, properties: &Value) -> Result<Option<StreamView>, StartError> {
    let Some(view) = properties.pointer("/StreamSpecification/StreamViewType") else { return Ok(None) };
    let known = view.as_str().and_then(StreamView::named).map(Some);
    known.ok_or_else(|| {
        StartError::new(format!("template.yaml gives {table} a stream with {view}, which is not known here"))
    })
}

fn index(table: &str, properties: &Value) -> Result<Index, StartError> {
    let name = string(properties, "IndexName")
        .ok_or_else(|| StartError::new(format!("template.yaml gives {table} an index without IndexName")))?;
    let projection = properties.get("Projection").and_then(|projection| string(projection, "ProjectionType"));
    let projection = projection.filter(|kind| matches!(kind.as_str(), "KEYS_ONLY" | "ALL"));
    let projection = projection.ok_or_else(|| {
        let sentence =
            format!("template.yaml gives the index {name} of {table} a projection other than KEYS_ONLY or ALL");
        StartError::new(sentence)
    })?;
    Ok(Index { name, key_schema: pairs(properties, "KeySchema", "KeyType"), projection })
}

fn pairs(properties: &Value, list: &str, second: &str) -> Vec<(String, String)> {
    let items = properties.get(list).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| Some((string(item, "AttributeName")?, string(item, second)?))).collect()
}

fn function(id: &str, properties: &Value, globals: &Value) -> Result<Function, StartError> {
    let code = string(properties, "CodeUri").unwrap_or_default();
    let name = code.trim_end_matches('/').strip_prefix("functions/");
    let name = name.ok_or_else(|| StartError::new(format!("template.yaml gives {id} no CodeUri under functions/")))?;
    let mut environment = BTreeMap::new();
    for variables in
        [globals, properties].into_iter().filter_map(|of| of.pointer("/Environment/Variables")?.as_object())
    {
        for (variable, value) in variables {
            let value = text(value).ok_or_else(|| {
                StartError::new(format!("template.yaml gives {variable} of {id} a value that is not a string"))
            })?;
            environment.insert(variable.clone(), value);
        }
    }
    let statements = properties.get("Policies").map(|policies| statements(id, policies)).transpose()?;
    let statements = statements.unwrap_or_default();
    let triggers = triggers(id, properties)?;
    Ok(Function { name: name.to_owned(), logical_id: id.to_owned(), environment, statements, triggers })
}

fn statements(id: &str, policies: &Value) -> Result<Vec<Value>, StartError> {
    let policies = policies.as_array().map_or_else(|| vec![policies.clone()], Clone::clone);
    let mut statements = Vec::new();
    for policy in policies {
        match policy.get("Statement") {
            Some(Value::Array(more)) => statements.extend(more.iter().cloned()),
            Some(one @ Value::Object(_)) => statements.push(one.clone()),
            _ => return Err(StartError::new(format!("template.yaml gives {id} a policy without statements"))),
        }
    }
    Ok(statements)
}

fn routes(function: &str, properties: &Value) -> Result<Vec<Route>, StartError> {
    let none = Map::new();
    let events = properties.get("Events").and_then(Value::as_object).unwrap_or(&none);
    let api = events.values().filter(|event| event.get("Type").and_then(Value::as_str) == Some("HttpApi"));
    let routes = api.map(|event| {
        let properties = event.get("Properties").cloned().unwrap_or_default();
        let method = string(&properties, "Method").unwrap_or_else(|| "ANY".to_owned());
        let path = string(&properties, "Path").unwrap_or_else(|| DEFAULT_ROUTE.to_owned());
        if method.eq_ignore_ascii_case("any") || method == "*" {
            Ok(Route { path, function: function.to_owned() })
        } else {
            let sentence =
                format!("template.yaml routes {method} {path} only: the local server serves routes of ANY method");
            Err(StartError::new(sentence))
        }
    });
    routes.collect()
}

fn triggers(id: &str, properties: &Value) -> Result<Vec<Trigger>, StartError> {
    let events = properties.get("Events").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let mut triggers = Vec::new();
    for event in events {
        let of = |key: &str| event.get("Properties").and_then(|properties| string(properties, key));
        let trigger = match event.get("Type").and_then(Value::as_str).unwrap_or_default() {
            "HttpApi" => continue,
            "DynamoDB" => of("Stream").zip(filters(event)).map(|(stream, filters)| Trigger::Stream { stream, filters }),
            "Schedule" => of("Schedule").as_deref().and_then(rate).map(Trigger::Every),
            _ => None,
        };
        let sentence = || format!("template.yaml gives {id} an event that the local server does not know: {event}");
        triggers.push(trigger.ok_or_else(|| StartError::new(sentence()))?);
    }
    Ok(triggers)
}

/// The filters of a stream's event; `None` when one has a rule that is not known here.
fn filters(event: &Value) -> Option<Vec<EventPattern>> {
    let filters = event.pointer("/Properties/FilterCriteria/Filters").and_then(Value::as_array).into_iter().flatten();
    filters.map(|filter| EventPattern::parse(filter.get("Pattern")?.as_str()?)).collect()
}

/// Parses `rate(1 minute)` and similar rates.
fn rate(text: &str) -> Option<Duration> {
    let (number, unit) = text.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let seconds = match unit.strip_suffix('s').unwrap_or(unit) {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    number.parse().ok().filter(|number| *number > 0).map(|number: u64| Duration::from_secs(number * seconds))
}

fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::parameters;
    use crate::template;

    fn stack() -> Stack {
        let template = template::deployed().unwrap();
        let values = parameters(template, "http://127.0.0.1:8788", &[]).unwrap();
        Stack::new(template, values, "-x").unwrap()
    }

    #[test]
    fn the_template_is_understood() {
        let stack = stack();
        let users = stack.table("Users").unwrap();
        assert_eq!(users.name, "UsersTable-x");
        assert_eq!(users.key_schema, [("pk".to_owned(), "HASH".to_owned()), ("sk".to_owned(), "RANGE".to_owned())]);
        let [by_time] = users.indexes.as_slice() else { panic!("{:?}", users.indexes) };
        assert_eq!((by_time.name.as_str(), by_time.projection.as_str()), ("UsersByTime", "KEYS_ONLY"));
        assert_eq!(by_time.key_schema[0], ("listed".to_owned(), "HASH".to_owned()));
        assert_eq!(stack.table("LimitsTable").unwrap().time_to_live.as_deref(), Some("expires_at"));
        assert_eq!(stack.secrets.len(), 3);
        let login = &stack.functions["auth-login"];
        assert_eq!(login.logical_id, "AuthLogin");
        assert_eq!(login.environment["USERS_TABLE"], users.name);
        assert_eq!(login.environment["LOGIN_LIMIT"], "600");
        assert!(!login.environment.contains_key("AUDIENCE"));
        assert!(login.statements.iter().any(|statement| statement["Resource"] == json!(users.arn)));
    }

    #[test]
    fn a_function_s_own_environment_wins_over_the_common_one() {
        let globals = json!({"Environment": {"Variables": {"A": 1, "B": 2}}});
        let properties = json!({"CodeUri": "functions/x", "Environment": {"Variables": {"B": 3}}});
        let environment = function("X", &properties, &globals).unwrap().environment;
        assert_eq!((&*environment["A"], &*environment["B"]), ("1", "3"));
    }

    #[test]
    fn a_schedule_is_a_rate() {
        for (text, minutes) in [("rate(1 minute)", 1), ("rate(5 minutes)", 5), ("rate(2 hours)", 120)] {
            assert_eq!(rate(text), Some(Duration::from_secs(60 * minutes)));
        }
        for bad in ["rate(0 minutes)", "rate(1 fortnight)", "cron(0 * * * ? *)", "1 minute"] {
            assert_eq!(rate(bad), None, "{bad}");
        }
        let events = json!({"CodeUri": "functions/x", "Events": {"E": {"Type": "S3", "Properties": {}}}});
        assert!(function("X", &events, &json!({})).unwrap_err().to_string().contains("does not know"));
    }

    #[test]
    fn a_function_with_a_stream_or_a_schedule_is_registered_and_no_other() {
        let stack = stack();
        let called = stack.functions.values().filter(|function| !function.triggers.is_empty());
        let registered = crate::registry::background();
        let registered: std::collections::BTreeSet<_> = registered.iter().map(|function| function.name).collect();
        assert_eq!(
            called.map(|function| function.name.as_str()).collect::<std::collections::BTreeSet<_>>(),
            registered
        );
        let (mail, send) = (stack.table("Mail").unwrap(), &stack.functions["mail-send"]);
        let streams = |trigger: &Trigger| matches!(trigger, Trigger::Stream { stream, .. } if mail.has_stream(stream));
        assert!(send.triggers.iter().any(streams) && send.triggers.contains(&Trigger::Every(Duration::from_secs(60))));
        assert!(stack.functions["auth-register"].may("dynamodb:PutItem", &mail.arn));
        assert!(!send.may("dynamodb:PutItem", &stack.table("Users").unwrap().arn));
    }

    #[test]
    fn the_pages_of_the_local_server_hide_no_route() {
        assert!(stack().routes.iter().all(|route| route.path != "/dev" && !route.path.starts_with("/dev/")));
    }

    #[test]
    fn every_endpoint_has_a_route_and_every_route_an_endpoint() {
        let stack = stack();
        let routed: std::collections::BTreeSet<_> = stack.routes.iter().map(|route| route.function.as_str()).collect();
        let registered = crate::registry::endpoints();
        assert_eq!(routed, registered.iter().map(shared::lambda::Endpoint::name).collect());
        assert!(stack.routes.contains(&Route { path: DEFAULT_ROUTE.to_owned(), function: "not-found".to_owned() }));
    }
}
