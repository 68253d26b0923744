//! The document for developers: one page, on which everything is visible without a click.

use std::fmt::Write;

use maud::{Markup, html};
use shared::domain::brand::Brand;
use shared::http::Response;
use shared::http::page::reading_page;

use crate::document::{Area, Document};
use crate::model::{Answer, Body, Caller, Content, Field, JSON, Message, Operation, Parameter, Place, Schema, Shape};

/// The stylesheet of the pages for developers.
pub(crate) const STYLE: &str = include_str!("page.css");

/// The page.
pub fn page(document: &Document, brand: &Brand) -> Response {
    let content = html! {
        nav.contents aria-label="Contents" {
            @for area in &document.areas { (contents(area)) }
            p { a href="#messages" { "Messages to webhooks" } }
            p { a href="#shapes" { "Schemas" } }
        }
        div.text {
            h1 { (document.service.name) " API" }
            @for paragraph in document.about.split("\n\n") { p { (in_words(paragraph)) } }
            p {
                "The machine-readable document is at " a href="/openapi.json" { "/openapi.json" } " (OpenAPI 3.1). In the examples, "
                code { "$HOST" } " is " @if document.service.server == "/" { "the origin of this page." } @else { code { (document.service.server) } "." }
            }
            @for area in &document.areas { (section(area)) }
            (messages(&document.messages))
            section {
                h2 id="shapes" { "Schemas" }
                p { "The schemas that are used in more than one place." }
                @for (name, schema) in &document.schemas {
                    h3 id={ "shape-" (name) } { (name) }
                    @if schema.fields().is_empty() { p { (schema_words(schema)) } } @else { (table(schema)) }
                }
            }
        }
    };
    reading_page(brand, "API", STYLE, content)
}

/// What is sent to the webhooks of apps.
fn messages(messages: &[Message]) -> Markup {
    let headers: Vec<_> = Message::headers().iter().map(|field| Row::of("", field)).collect();
    html! {
        section {
            h2 id="messages" { "Messages to webhooks" }
            p { "Each is a POST to the address of a webhook, with these headers." }
            (rows_table(&headers))
            @for message in messages {
                h3 id={ "message-" (message.name) } { (message.summary) }
                (table(&message.schema))
            }
            h3 { "Responses of the receiver" }
            div.scroll { table {
                thead { tr { th { "Status" } th { "Meaning" } } }
                tbody { @for (status, about) in Message::ANSWERS { tr { td { (status) } td { (about) } } } }
            } }
        }
    }
}

fn contents(area: &Area) -> Markup {
    html! {
        p { a href={ "#" (anchor(area.name)) } { (area.name) } }
        ul {
            @for operation in &area.operations {
                @if let Some(address) = operation.addresses.first() {
                    li { a href={ "#" (address.id) } { (operation.summary) } }
                }
            }
        }
    }
}

fn anchor(name: &str) -> String {
    name.to_ascii_lowercase().replace(' ', "-")
}

fn section(area: &Area) -> Markup {
    html! {
        section {
            h2 id=(anchor(area.name)) { (area.name) }
            p { (area.about) }
            @for operation in &area.operations { (operation_text(operation)) }
        }
    }
}

fn operation_text(operation: &Operation) -> Markup {
    let ids = operation.addresses.iter().map(|address| address.id);
    html! {
        article {
            @for id in ids.clone().skip(1) { span id=(id) {} }
            h3 id=[ids.clone().next()] { (operation.summary) }
            @for address in &operation.addresses {
                p.address { span.method { (operation.method.as_str()) } " " code { (address.path) } }
            }
            @if !operation.about.is_empty() { p { (operation.about) } }
            p.quiet { "For " (operation.caller.sentence()) "." }
            @for (place, title) in [(Place::Path, "Path parameters"), (Place::Query, "Query parameters"), (Place::Header, "Headers")] {
                (parameters(operation, place, title))
            }
            @for body in &operation.bodies { (body_text(body)) }
            @if let Some(curl) = curl(operation) { h4 { "Example" } pre { code { (curl) } } }
            (answers(&operation.all_answers()))
        }
    }
}

fn parameters(operation: &Operation, place: Place, title: &str) -> Markup {
    let parameters = operation.parameters.iter().filter(|parameter| parameter.place == place);
    let rows: Vec<_> = parameters.map(|Parameter { field, .. }| Row::of("", field)).collect();
    html! {
        @if !rows.is_empty() { h4 { (title) } (rows_table(&rows)) }
    }
}

fn body_text(body: &Body) -> Markup {
    html! {
        h4 { "Body: " code { (body.media_type) } }
        @if body.schema.fields().is_empty() { p { "Empty, or an empty object." } } @else { (table(&body.schema)) }
    }
}

fn answers(answers: &[Answer]) -> Markup {
    let (given, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status < 400);
    html! {
        @for answer in given {
            h4 { "Response " (answer.status) }
            p { (answer.about) }
            @for header in &answer.headers { p { code { (header.name) } ": " (header.about) } }
            @match &answer.content {
                Content::Json(schema) | Content::JsonAs(_, schema) => (table(schema)),
                Content::Page => {},
                Content::Nothing => {},
            }
        }
        h4 { "Errors" }
        div.scroll { table {
            thead { tr { th { "Status" } th { "Code" } th { "Meaning" } } }
            tbody { @for answer in refused { (refusal(answer)) } }
        } }
    }
}

fn refusal(answer: &Answer) -> Markup {
    html! {
        tr {
            td { (answer.status) }
            td { @for code in answer.codes.iter().filter(|code| !code.is_empty()) { code { (code) } " " } }
            td { (answer.about) }
        }
    }
}

/// A line of a table of fields.
struct Row {
    name: String,
    kind: Markup,
    is_required: bool,
    about: String,
}

impl Row {
    fn of(before: &str, field: &Field) -> Self {
        Self {
            name: format!("{before}{}", field.name),
            // In every request, null is treated as absent.
            kind: if field.is_required {
                schema_words(&field.schema)
            } else {
                schema_words(&field.schema.clone().without_null())
            },
            is_required: field.is_required,
            about: field.about.to_string(),
        }
    }
}

/// The fields of an object; nested fields follow it.
fn table(schema: &Schema) -> Markup {
    if let Shape::AnyOf(shapes) = &schema.shape {
        return html! {
            @for (n, shape) in shapes.iter().enumerate() {
                @if n > 0 { p { "or" } }
                (table(shape))
            }
        };
    }
    let mut rows = Vec::new();
    push_rows(&mut rows, "", schema);
    html! { @if rows.is_empty() { p { (schema_words(schema)) } } @else { (rows_table(&rows)) } }
}

fn push_rows(rows: &mut Vec<Row>, before: &str, schema: &Schema) {
    for field in schema.fields() {
        rows.push(Row::of(before, field));
        match &field.schema.shape {
            Shape::List(entries) => push_rows(rows, &format!("{before}{}[].", field.name), entries),
            Shape::AnyOf(shapes) => {
                for shape in shapes {
                    push_rows(rows, &format!("{before}{}.", field.name), shape);
                }
            }
            _ => push_rows(rows, &format!("{before}{}.", field.name), &field.schema),
        }
    }
}

fn rows_table(rows: &[Row]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th { "Field" } th { "Type" } th { "Description" } } }
            tbody {
                @for row in rows {
                    tr {
                        td { code { (row.name) } }
                        td { (row.kind) @if !row.is_required { span.quiet { " (optional)" } } }
                        td { (row.about) }
                    }
                }
            }
        } }
    }
}

/// A short description of a schema, in which names are links.
fn schema_words(schema: &Schema) -> Markup {
    let link = |name: &str| html! { a href={ "#shape-" (name) } { (name) } };
    let null = if schema.is_nullable { ", or null" } else { "" };
    match &schema.shape {
        Shape::Named(name) => html! { (link(name)) (null) },
        Shape::List(entries) => match &entries.shape {
            Shape::Named(name) => html! { "array of " (link(name)) (null) },
            _ => html! { (schema.words()) },
        },
        _ => html! { (schema.words()) },
    }
}

/// Formats the text between backticks as code.
pub(crate) fn in_words(text: &str) -> Markup {
    html! {
        @for (n, part) in text.split('`').enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The request as a command; pages for browsers have none.
fn curl(operation: &Operation) -> Option<String> {
    let address = operation.addresses.first()?;
    let body = operation.bodies.first();
    if operation.caller == Caller::Browser || body.is_some_and(|body| body.example.is_none()) {
        return None;
    }
    let method = match operation.method.as_str() {
        "GET" => String::new(),
        other => format!("-X {other} "),
    };
    let mut curl = format!("curl {method}\"$HOST{}\"", address.path);
    let credentials = match operation.caller {
        Caller::Client | Caller::ConfidentialClient => {
            let is_in_body =
                body.and_then(|body| body.example.as_ref()).is_some_and(|it| it.get("client_id").is_some());
            (!is_in_body).then_some("-u \"$CLIENT_ID:$CLIENT_SECRET\"")
        }
        Caller::Registration => Some("-H \"Authorization: Bearer $REGISTRATION_ACCESS_TOKEN\""),
        Caller::UserOrLink | Caller::UserOrAnonymous => None,
        caller => caller.is_bearer().then_some("-H \"Authorization: Bearer $ACCESS_TOKEN\""),
    };
    // Writing to a string cannot fail.
    if let Some(line) = credentials {
        _ = write!(curl, " \\\n  {line}");
    }
    let Some((body, example)) = body.and_then(|body| Some((body, body.example.as_ref()?))) else { return Some(curl) };
    if body.media_type == JSON {
        _ = write!(curl, " \\\n  -H \"Content-Type: application/json\" \\\n  -d '{example}'");
    } else {
        for (name, value) in example.as_object().into_iter().flatten() {
            _ = write!(curl, " \\\n  --data-urlencode '{name}={}'", value.as_str().unwrap_or_default());
        }
    }
    Some(curl)
}
