//! What the template lets each function do in AWS.

use std::collections::{BTreeMap, BTreeSet};

use local::stack::{Stack, Table};

/// Each function's (resource, action) pairs.
pub type Grants = BTreeMap<String, BTreeSet<(String, String)>>;

/// What each function may do, as its policy in the template grants it.
pub fn granted(stack: &Stack) -> Grants {
    let resource = |arn: &str| {
        // Of a table, or of an index of one.
        let place = |table: &Table| {
            let rest = arn.strip_prefix(&table.arn)?;
            (rest.is_empty() || rest.starts_with("/index/")).then(|| format!("{}{rest}", table.name))
        };
        stack.tables.iter().find_map(place).unwrap_or_else(|| arn.to_owned())
    };
    let mut grants = BTreeMap::new();
    for (name, function) in &stack.functions {
        let pairs: &mut BTreeSet<_> = grants.entry(name.clone()).or_default();
        for statement in &function.statements {
            let statement = serde_json::to_value(statement).expect("JSON");
            let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            for action in list(&statement["Action"]) {
                for arn in list(&statement["Resource"]) {
                    pairs.insert((resource(arn.as_str().unwrap()), action.as_str().unwrap().to_owned()));
                }
            }
        }
    }
    grants
}
