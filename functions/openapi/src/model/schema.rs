//! Schemas of values: the part of JSON Schema 2020-12 that we need.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

/// The schema of a value.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(crate) shape: Shape,
    pub(crate) is_nullable: bool,
    keywords: Map<String, Value>,
}

#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// A simple value: `string`, `integer`, `boolean` or `number`.
    Plain(&'static str),
    /// One of these strings.
    OneOf(Vec<String>),
    /// This value.
    Constant(Value),
    /// An object with these fields.
    Object(Vec<Field>),
    /// An object with arbitrary field names.
    Map(Option<Box<Schema>>),
    /// A list.
    List(Box<Schema>),
    /// The document's schema with this name.
    Named(&'static str),
    /// One of these schemas.
    AnyOf(Vec<Schema>),
}

/// A field of an object or of a form.
#[derive(Clone, Debug)]
pub struct Field {
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
    pub(crate) is_required: bool,
    pub(crate) about: Cow<'static, str>,
}

/// A string.
pub fn string() -> Schema {
    Shape::Plain("string").into()
}

/// An integer.
pub fn integer() -> Schema {
    Shape::Plain("integer").into()
}

/// A number.
pub fn number() -> Schema {
    Shape::Plain("number").into()
}

/// A boolean.
pub fn flag() -> Schema {
    Shape::Plain("boolean").into()
}

/// An identifier that the server generated.
pub fn uuid() -> Schema {
    string().with("format", "uuid")
}

/// A point in time, in RFC 3339.
pub fn time() -> Schema {
    string().with("format", "date-time")
}

/// An e-mail address, whose local part may have non-ASCII letters.
pub fn email() -> Schema {
    string().with("format", "idn-email").with("maxLength", 254)
}

/// A URI.
pub fn uri() -> Schema {
    string().with("format", "uri")
}

/// One of these strings.
pub fn one_of<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Schema {
    Shape::OneOf(texts.into_iter().map(Into::into).collect()).into()
}

/// This value.
pub fn constant(value: impl Into<Value>) -> Schema {
    Shape::Constant(value.into()).into()
}

/// An object with these fields.
pub fn object(fields: impl IntoIterator<Item = Field>) -> Schema {
    Shape::Object(fields.into_iter().collect()).into()
}

/// An object with values of one schema and arbitrary field names.
pub fn map(values: Schema) -> Schema {
    Shape::Map(Some(Box::new(values))).into()
}

/// An object with arbitrary fields.
pub fn any_object() -> Schema {
    Shape::Map(None).into()
}

/// A list of values of one schema.
pub fn list(entries: Schema) -> Schema {
    Shape::List(Box::new(entries)).into()
}

/// The document's schema with this name.
pub fn named(name: &'static str) -> Schema {
    Shape::Named(name).into()
}

/// One of these schemas.
pub fn any_of(shapes: impl IntoIterator<Item = Schema>) -> Schema {
    Shape::AnyOf(shapes.into_iter().collect()).into()
}

/// A required field.
pub fn field(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, is_required: true, about: "".into() }
}

/// An optional field.
pub fn optional(name: &'static str, schema: Schema) -> Field {
    Field { is_required: false, ..field(name, schema) }
}

impl From<Shape> for Schema {
    fn from(shape: Shape) -> Self {
        Self { shape, is_nullable: false, keywords: Map::new() }
    }
}

impl Field {
    /// The same field with a description.
    pub fn about(self, about: impl Into<Cow<'static, str>>) -> Self {
        Self { about: about.into(), ..self }
    }
}

impl Schema {
    /// The same schema with another keyword of JSON Schema.
    pub fn with(mut self, keyword: &str, value: impl Into<Value>) -> Self {
        self.keywords.insert(keyword.to_owned(), value.into());
        self
    }

    /// The same schema, or `null`.
    pub fn or_null(self) -> Self {
        Self { is_nullable: true, ..self }
    }

    /// The same schema without `null`.
    pub(crate) fn without_null(self) -> Self {
        Self { is_nullable: false, ..self }
    }

    /// The fields of an object.
    pub fn fields(&self) -> &[Field] {
        match &self.shape {
            Shape::Object(fields) => fields,
            _ => &[],
        }
    }

    /// The same object with these additional fields.
    pub fn and(mut self, more: impl IntoIterator<Item = Field>) -> Self {
        if let Shape::Object(fields) = &mut self.shape {
            fields.extend(more);
        }
        self
    }

    /// The schema of a JSON body in a request: optional fields may also be `null`.
    pub(crate) fn with_nulls(mut self) -> Self {
        if let Shape::Object(fields) = &mut self.shape {
            for field in fields.iter_mut().filter(|field| !field.is_required) {
                field.schema.is_nullable = true;
            }
        }
        self
    }

    /// A short description of the schema for developers.
    pub(crate) fn words(&self) -> String {
        let bound = |name: &str| self.keywords.get(name).map(ToString::to_string);
        let bounds = |low: &str, high: &str, unit: &str| match (bound(low), bound(high)) {
            (Some(low), Some(high)) => format!(" of {low} to {high}{unit}"),
            (Some(low), None) => format!(" of at least {low}{unit}"),
            (None, Some(high)) => format!(" of at most {high}{unit}"),
            (None, None) => String::new(),
        };
        let words = match &self.shape {
            Shape::Plain("string") => match self.keywords.get("format").and_then(Value::as_str) {
                Some("uuid") => "UUID".to_owned(),
                Some("date-time") => "time (RFC 3339)".to_owned(),
                Some("idn-email") => "e-mail address".to_owned(),
                Some("uri") => "URL".to_owned(),
                _ => format!("string{}", bounds("minLength", "maxLength", " characters")),
            },
            Shape::Plain("integer") => format!("integer{}", bounds("minimum", "maximum", "")),
            Shape::Plain("boolean") => "boolean".to_owned(),
            Shape::Plain(_) => "number".to_owned(),
            Shape::OneOf(texts) => texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(" or "),
            Shape::Constant(value) => value.to_string(),
            Shape::Object(_) => "object".to_owned(),
            Shape::Map(values) => match values {
                Some(values) => format!("object of {}", values.words()),
                None => "object".to_owned(),
            },
            Shape::List(entries) => {
                let most = bound("maxItems").map(|most| format!(", at most {most}")).unwrap_or_default();
                format!("array of {}{most}", entries.words())
            }
            Shape::Named(name) => (*name).to_owned(),
            Shape::AnyOf(shapes) => shapes.iter().map(Self::words).collect::<Vec<_>>().join(" or "),
        };
        if self.is_nullable { format!("{words}, or null") } else { words }
    }

    /// The schema as JSON Schema.
    pub(crate) fn json(&self) -> Value {
        let mut json = self.keywords.clone();
        let mut set = |keyword: &str, value: Value| _ = json.insert(keyword.to_owned(), value);
        let kind = |name: &str| if self.is_nullable { json!([name, "null"]) } else { json!(name) };
        match &self.shape {
            Shape::Plain(name) => set("type", kind(name)),
            Shape::OneOf(texts) => {
                let all = texts.iter().map(|text| json!(text)).chain(self.is_nullable.then_some(Value::Null));
                set("type", kind("string"));
                set("enum", all.collect());
            }
            Shape::Constant(value) if self.is_nullable => set("enum", json!([value, null])),
            Shape::Constant(value) => set("const", value.clone()),
            Shape::Object(fields) => {
                set("type", kind("object"));
                set("properties", fields.iter().map(|field| (field.name.to_owned(), field.json())).collect());
                let required: Vec<_> =
                    fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
                if !required.is_empty() {
                    set("required", json!(required));
                }
            }
            Shape::Map(values) => {
                set("type", kind("object"));
                if let Some(values) = values {
                    set("additionalProperties", values.json());
                }
            }
            Shape::List(entries) => {
                set("type", kind("array"));
                set("items", entries.json());
            }
            Shape::Named(name) => {
                let reference = json!({"$ref": format!("#/components/schemas/{name}")});
                if self.is_nullable {
                    set("anyOf", json!([reference, {"type": "null"}]));
                } else if let Value::Object(reference) = reference {
                    json.extend(reference);
                }
            }
            Shape::AnyOf(shapes) => {
                let all = shapes.iter().map(Self::json).chain(self.is_nullable.then(|| json!({"type": "null"})));
                set("anyOf", all.collect());
            }
        }
        Value::Object(json)
    }
}

impl Field {
    fn json(&self) -> Value {
        let mut json = self.schema.json();
        if let Some(json) = json.as_object_mut().filter(|_| !self.about.is_empty()) {
            json.insert("description".to_owned(), json!(self.about));
        }
        json
    }
}
