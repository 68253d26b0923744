//! The OpenAPI document describes every route, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;
use shared::domain::event::built_in::BuiltIn;

use crate::harness::{TestServer, routed};

async fn document(driftwood: &TestServer) -> Value {
    let reply = driftwood.get("/openapi.json").await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "public, max-age=300"));
    assert_eq!(reply.header("access-control-allow-origin"), "*", "tools on other pages read it");
    reply.json()
}

/// Every method of every path, with its operation object.
fn operations(document: &Value) -> Vec<(String, Method, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &Value)| {
        let item = item.as_object().unwrap().clone();
        let path = path.clone();
        item.into_iter().map(move |(method, operation)| {
            (path.clone(), Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap(), operation)
        })
    };
    paths.flat_map(of_path).collect()
}

#[tokio::test]
async fn the_document_has_every_route_with_its_methods_and_no_others() {
    let driftwood = TestServer::start().await;
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, method, _) in operations(&document(&driftwood).await) {
        documented.entry(path).or_default().insert(method.to_string());
    }
    let mut routes = matchit::Router::new();
    let mut unvisited = BTreeSet::new();
    for route in driftwood.server.stack.routes.iter().filter(|route| route.path != "$default") {
        routes.insert(route.path.replace("{proxy+}", "{*proxy}"), route).unwrap();
        unvisited.insert(&route.path);
    }
    let endpoints: BTreeMap<_, _> =
        local::registry::endpoints().into_iter().map(|endpoint| (endpoint.name(), endpoint)).collect();
    let mut wrong = Vec::new();
    for (path, methods) in &documented {
        let example = routed(path).replace(['{', '}', '*'], "");
        let Ok(route) = routes.at(&example) else {
            wrong.push(format!("{path} is documented and has no route"));
            continue;
        };
        unvisited.remove(&route.value.path);
        let answered = endpoints[route.value.function.as_str()].methods().listed(&example);
        let answered: BTreeSet<String> = answered.iter().map(Method::to_string).collect();
        if answered != *methods {
            wrong.push(format!("{path} answers {answered:?} and is documented with {methods:?}"));
        }
    }
    wrong.extend(unvisited.iter().map(|path| format!("{path} is not documented")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn the_document_is_complete() {
    let driftwood = TestServer::start().await;
    let document = document(&driftwood).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], driftwood.server.url);
    for reference in references(&document) {
        let place = reference.strip_prefix('#').expect("a reference within the document");
        assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
    }
    let names = |pointer: &str| -> BTreeSet<String> {
        document.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect()
    };
    let tags: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "{id} is duplicated");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{id}");
        assert!(tags.contains(&&operation["tags"][0]), "{id}");
        for alternative in operation["security"].as_array().unwrap() {
            for scheme in alternative.as_object().unwrap().keys() {
                assert!(names("/components/securitySchemes").contains(scheme), "{id}: {scheme}");
            }
        }
        let in_path: BTreeSet<_> = path.split(['{', '}']).skip(1).step_by(2).map(str::to_owned).collect();
        let parameters = operation["parameters"].as_array().unwrap().iter();
        let documented = parameters.filter(|parameter| parameter["in"] == "path");
        let documented: BTreeSet<_> =
            documented.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(documented, in_path, "{method} {path}");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with(['2', '3'])), "{id} never succeeds");
        assert!(answers.contains_key("500") && answers.contains_key("503"), "{id} never fails");
    }
}

#[tokio::test]
async fn the_document_says_what_is_sent_to_webhooks() {
    let driftwood = TestServer::start().await;
    let document = document(&driftwood).await;
    let messages = document["webhooks"].as_object().unwrap();
    let built_in = BuiltIn::ALL.map(BuiltIn::name);
    let expected: BTreeSet<&str> = built_in.into_iter().chain(["event", "webhook.test"]).collect();
    assert_eq!(messages.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    let page = driftwood.get("/docs").await.text;
    for (name, item) in messages {
        let message = &item["post"];
        let headers = message["parameters"].as_array().unwrap().iter().map(|header| header["name"].as_str().unwrap());
        assert_eq!(headers.collect::<Vec<_>>(), ["webhook-id", "webhook-timestamp", "webhook-signature"], "{name}");
        let answers: Vec<_> = message["responses"].as_object().unwrap().keys().collect();
        assert_eq!(answers, ["2XX", "410", "default"], "{name}");
        assert_eq!(message["requestBody"]["required"], true, "{name}");
        assert!(page.contains(message["summary"].as_str().unwrap()), "{name} is on the page");
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(object.values().flat_map(references)).collect()
        }
        Value::Array(array) => array.iter().flat_map(references).collect(),
        _ => vec![],
    }
}

/// The operator's scopes and lengths are those of the running configuration.
#[tokio::test]
async fn the_document_has_the_running_configuration() {
    let parameters = [("Scopes", "report_read=Read your reports"), ("PasswordMinimum", "20"), ("BrandName", "Acme")];
    let driftwood = TestServer::start_with(&parameters).await;
    let document = document(&driftwood).await;
    assert_eq!(document["info"]["title"], "Acme");
    let flow = &document["components"]["securitySchemes"]["app"]["flows"]["authorizationCode"];
    assert_eq!(flow["scopes"]["report_read"], "Read your reports");
    assert_eq!(flow["tokenUrl"], format!("{}/oauth2/token", driftwood.server.url));
    assert!(document["components"]["schemas"]["Scope"]["enum"].as_array().unwrap().contains(&"report_read".into()));
    let register = &document["paths"]["/api/auth-register"]["post"]["requestBody"]["content"]["application/json"];
    assert_eq!(register["schema"]["properties"]["password"]["minLength"], 20);
}
