//! The shapes of the requests to DynamoDB: operation, table, expressions and outcome, without keys and values.
//!
//! With `DYNAMODB_SHAPES=FILE`, a run of the tests adds a line `TEST<tab>SHAPE` to the file for each shape of a test, and a line
//! `TEST<tab>#REQUESTS` at the end of each of its servers. From that, `infra/ci/dynamodb-local.sh` chooses the tests that AWS's DynamoDB Local has to see.

use std::collections::{BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{LazyLock, Mutex};

use serde_json::Value;

/// What decides how DynamoDB reads a request.
const EXPRESSIONS: [&str; 9] = [
    "KeyConditionExpression",
    "FilterExpression",
    "ConditionExpression",
    "UpdateExpression",
    "ProjectionExpression",
    "IndexName",
    "ScanIndexForward",
    "ReturnValues",
    "ReturnValuesOnConditionCheckFailure",
];

struct Noted {
    file: File,
    seen: BTreeSet<String>,
    requests: HashMap<String, usize>,
}

impl Noted {
    fn write(&mut self, line: &str) {
        self.file.write_all(line.as_bytes()).expect("a write");
    }
}

static NOTED: LazyLock<Option<Mutex<Noted>>> = LazyLock::new(|| {
    let path = std::env::var_os("DYNAMODB_SHAPES")?;
    let file = OpenOptions::new().create(true).append(true).open(path).expect("a file for the shapes");
    Some(Mutex::new(Noted { file, seen: BTreeSet::new(), requests: HashMap::new() }))
});

/// Notes the shapes of a request and its answer, if they are noted.
pub(super) fn note(operation: &str, body: &Value, answer: &[u8]) {
    let Some(noted) = &*NOTED else { return };
    let (test, mut noted) = (test(), noted.lock().unwrap());
    *noted.requests.entry(test.clone()).or_default() += 1;
    let answer = serde_json::from_slice(answer).unwrap_or_default();
    for shape in shapes(operation, body, &answer) {
        let line = format!("{test}\t{shape}\n");
        if noted.seen.insert(line.clone()) {
            noted.write(&line);
        }
    }
}

/// Notes how many requests the test has made, if they are noted.
pub(super) fn note_end() {
    let Some(noted) = &*NOTED else { return };
    let (test, mut noted) = (test(), noted.lock().unwrap());
    let requests = noted.requests.get(&test).copied().unwrap_or_default();
    noted.write(&format!("{test}\t#{requests}\n"));
}

/// Every test has a thread of its own, with its name.
fn test() -> String {
    std::thread::current().name().unwrap_or_default().to_owned()
}

/// A transaction has the shapes of its parts, and a batch one for each table.
fn shapes(operation: &str, body: &Value, answer: &Value) -> Vec<String> {
    match operation {
        "GetSecretValue" | "PutSecretValue" | "UpdateSecretVersionStage" | "DescribeSecret" => Vec::new(),
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| format!("{operation} {}", kind_of(table))).collect()
        }
        "TransactWriteItems" => {
            let parts = body["TransactItems"].as_array().into_iter().flatten();
            let parts = parts.filter_map(|part| part.as_object()?.iter().next());
            let reason = |part: usize| answer["CancellationReasons"][part]["Code"].as_str().unwrap_or_default();
            let shapes = parts.enumerate().map(|(at, (kind, part))| {
                format!("{operation} {} {} {}", shape(kind, part), outcome(answer), reason(at))
            });
            shapes.collect()
        }
        _ => vec![format!("{} {}", shape(operation, body), outcome(answer))],
    }
}

/// What came of a request: the fault, or whether something was found, and whether there is more.
fn outcome(answer: &Value) -> String {
    let fault = answer["__type"].as_str().and_then(|text| text.rsplit('#').next()).unwrap_or_default();
    let has_found = match (&answer["Item"], &answer["Items"]) {
        (Value::Object(_), _) => "found",
        (_, Value::Array(items)) if !items.is_empty() => "found",
        _ => "",
    };
    let has_more = if answer["LastEvaluatedKey"].is_null() { "" } else { "more" };
    [fault, has_found, has_more].join(" ")
}

fn shape(operation: &str, request: &Value) -> String {
    let table = kind_of(request["TableName"].as_str().unwrap_or_default());
    let expressions = EXPRESSIONS.iter().filter_map(|name| match &request[name] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(format!("{name}={other}")),
    });
    [operation.to_owned(), table.to_owned()].into_iter().chain(expressions).collect::<Vec<_>>().join(" | ")
}

/// The table without the suffix that it has in a DynamoDB outside of the process.
fn kind_of(table: &str) -> &str {
    table.find("Table").and_then(|end| table.get(..end)).unwrap_or(table)
}
