//! The document in OpenAPI 3.1.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shared::domain::oauth::scope::ScopeCatalogue;
use shared::http::page::cookie::{Cookie, Cookies};
use shared::paths::{AUTHORIZE, OPENID_CONFIGURATION, TOKEN};

use crate::document::Document;
use crate::model::{Address, Answer, Content, JSON, Message, Operation, Parameter, Place, caller, request_id, string};

/// The media type of every page.
const HTML: &str = "text/html";

/// The name of the session cookie. A service that does not know its address is deployed, and so served over https.
fn session_cookie(server: &str) -> &'static str {
    Cookies::of(if server.is_empty() { "https://" } else { server }).name(Cookie::Session)
}

/// The document in OpenAPI 3.1.
pub fn openapi(document: &Document) -> Value {
    let mut answers = Answers::default();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for area in &document.areas {
        for operation in &area.operations {
            for address in &operation.addresses {
                let method = operation.method.as_str().to_ascii_lowercase();
                let json = endpoint(operation, address, area.name, &mut answers);
                paths.entry(&address.path).or_default().insert(method, json);
            }
        }
    }
    let tags: Vec<_> =
        document.areas.iter().map(|area| json!({"name": area.name, "description": area.about})).collect();
    let schemas: Map<_, _> =
        document.schemas.iter().map(|(name, schema)| ((*name).to_owned(), schema.json())).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": document.service.name,
            "version": env!("CARGO_PKG_VERSION"),
            "description": document.about,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": document.service.server}],
        "tags": tags,
        "paths": paths,
        "webhooks": document.messages.iter().map(|message| (message.name.to_owned(), webhook(message))).collect::<Map<_, _>>(),
        "components": {
            "schemas": schemas,
            "responses": answers.named,
            "headers": {
                "RequestId": request_id().json(),
                "NotKept": {
                    "description": "The response must not be stored", "required": true,
                    "schema": {"type": "string", "const": "no-store"},
                },
            },
            "securitySchemes": security_schemes(&document.service.scopes, document.service.server.trim_end_matches('/')),
        },
    })
}

fn endpoint(operation: &Operation, address: &Address, area: &str, answers: &mut Answers) -> Value {
    let (parameters, body) = operation.request_json();
    let responses: BTreeMap<_, _> = operation
        .all_answers()
        .iter()
        .map(|answer| (answer.status.to_string(), answers.json(operation, answer)))
        .collect();
    let mut json = json!({
        "operationId": address.id,
        "tags": [area],
        "summary": operation.summary,
        "description": operation.about,
        "x-caller": operation.caller.sentence(),
        "security": operation.caller.security(),
        "parameters": parameters,
        "responses": responses,
    });
    if let (Some(json), Some(body)) = (json.as_object_mut(), body) {
        json.insert("requestBody".to_owned(), body);
    }
    json
}

/// A message as a request to a receiver, who needs no more than its signature.
fn webhook(message: &Message) -> Value {
    let headers = Message::headers().map(|field| Parameter { place: Place::Header, field }.json());
    let responses: Map<_, _> = Message::ANSWERS
        .map(|(status, about)| (status.to_owned(), json!({"description": about})))
        .into_iter()
        .collect();
    json!({
        "post": {
            "summary": message.summary,
            "security": [],
            "parameters": headers,
            "requestBody": {"required": true, "content": {JSON: {"schema": message.schema.json()}}},
            "responses": responses,
        },
    })
}

/// The error responses, each of which is listed once.
#[derive(Default)]
struct Answers {
    named: BTreeMap<String, Value>,
}

impl Answers {
    fn json(&mut self, operation: &Operation, answer: &Answer) -> Value {
        if answer.status < 400 {
            return whole(answer);
        }
        let codes: Vec<_> = answer.codes.iter().copied().filter(|code| !code.is_empty()).collect();
        let name = format!("{:?}.{}.{}", operation.dialect, answer.status, codes.join("."));
        let header = answer.headers.iter().map(|header| format!(".{}{}", header.name, u8::from(header.is_required)));
        let name = name.trim_end_matches('.').to_owned() + &header.collect::<String>();
        let reference = json!({"$ref": format!("#/components/responses/{name}")});
        self.named.entry(name).or_insert_with(|| whole(answer));
        reference
    }
}

fn whole(answer: &Answer) -> Value {
    let mut headers: Map<String, Value> =
        answer.headers.iter().map(|header| (header.name.to_owned(), header.json())).collect();
    headers.insert("x-request-id".to_owned(), json!({"$ref": "#/components/headers/RequestId"}));
    let kept = match answer.max_age {
        None => json!({"$ref": "#/components/headers/NotKept"}),
        Some(seconds) => json!({
            "description": "The response may be cached", "required": true,
            "schema": string().with("const", format!("public, max-age={seconds}")).json(),
        }),
    };
    headers.insert("Cache-Control".to_owned(), kept);
    let content = match &answer.content {
        Content::Nothing => json!({}),
        Content::Json(schema) => json!({"application/json": {"schema": schema.json()}}),
        Content::JsonAs(media_type, schema) => json!({*media_type: {"schema": schema.json()}}),
        Content::Page => json!({HTML: {"schema": {"type": "string"}}}),
    };
    json!({"description": answer.about, "headers": headers, "content": content})
}

fn security_schemes(scopes: &ScopeCatalogue, server: &str) -> Value {
    let at = |path: &str| format!("{server}{path}");
    let scopes: Map<_, _> =
        scopes.names().map(|name| (name.to_owned(), json!(scopes.explain(name).unwrap_or_default()))).collect();
    json!({
        caller::USER: {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The access token of a user's sign-in (auth-register, auth-login, auth-refresh-token)",
        },
        caller::APP: {
            "type": "oauth2",
            "description": format!(
                "The access token of an app. {} lists all endpoints, including that of the device grant.",
                at(OPENID_CONFIGURATION),
            ),
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": at(AUTHORIZE), "tokenUrl": at(TOKEN), "refreshUrl": at(TOKEN), "scopes": scopes,
                },
                "clientCredentials": {"tokenUrl": at(TOKEN), "scopes": scopes},
            },
        },
        caller::BASIC: {
            "type": "http", "scheme": "basic",
            "description": "The id and the secret of an OAuth client (RFC 6749 §2.3.1). The body may have them instead of the header, or a signed client_assertion.",
        },
        caller::REGISTRATION: {
            "type": "http", "scheme": "bearer",
            "description": "The registration_access_token of a client (RFC 7592)",
        },
        caller::BROWSER: {
            "type": "apiKey", "in": "cookie", "name": session_cookie(server),
            "description": "The session cookie of a browser with a signed-in user",
        },
    })
}
