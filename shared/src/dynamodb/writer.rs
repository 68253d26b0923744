//! Values as DynamoDB writes them in JSON: `{"S":"text"}`, `{"N":"7"}`, `{"M":{"name":{"S":"text"}}}`.

use std::fmt::{self, Display};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{self, Impossible};

/// A value that has no form in DynamoDB.
#[derive(Debug)]
pub struct Unwritable(String);

impl Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value cannot be stored: {}", self.0)
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// The JSON of an attribute with this value.
pub(super) fn attribute(value: &(impl Serialize + ?Sized)) -> Result<String, Unwritable> {
    let mut json = String::new();
    value.serialize(AttributeWriter(&mut json))?;
    Ok(json)
}

/// Appends the attributes of a value that has names for its parts, each with its name, and commas between them.
pub(super) fn attributes(json: &mut String, value: &(impl Serialize + ?Sized)) -> Result<(), Unwritable> {
    let start = json.len();
    value.serialize(AttributeWriter(json))?;
    // What it wrote is a map: `{"M":{` and `}}` around its attributes.
    let written = json.get(start..).unwrap_or_default();
    let inner = written.strip_prefix(MAP).and_then(|written| written.strip_suffix("}}"));
    let Some(inner) = inner.map(str::to_owned) else {
        return Err(Unwritable("an item needs names for its attributes".to_owned()));
    };
    json.replace_range(start.., &inner);
    Ok(())
}

const MAP: &str = r#"{"M":{"#;
const LIST: &str = r#"{"L":["#;

fn write_string(json: &mut String, text: &str) {
    json.push('"');
    let mut rest = text;
    while let Some(position) = rest.find(|c: char| matches!(c, '"' | '\\' | '\0'..='\x1F')) {
        let (plain, special) = rest.split_at(position);
        json.push_str(plain);
        let mut characters = special.chars();
        match characters.next() {
            Some(c @ ('"' | '\\')) => json.extend(['\\', c]),
            Some(c) => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            None => {}
        }
        rest = characters.as_str();
    }
    json.push_str(rest);
    json.push('"');
}

/// Writes one attribute.
struct AttributeWriter<'j>(&'j mut String);

impl<'j> AttributeWriter<'j> {
    fn text(self, text: &str) -> Result<(), Unwritable> {
        self.0.push_str(r#"{"S":"#);
        write_string(self.0, text);
        self.0.push('}');
        Ok(())
    }

    fn number(self, number: impl Display) -> Result<(), Unwritable> {
        use fmt::Write;
        // Writing to a string cannot fail.
        _ = write!(self.0, r#"{{"N":"{number}"}}"#);
        Ok(())
    }

    fn null(self) -> Result<(), Unwritable> {
        self.0.push_str(r#"{"NULL":true}"#);
        Ok(())
    }

    fn list(self) -> ListWriter<'j> {
        self.0.push_str(LIST);
        ListWriter { json: self.0, is_first: true }
    }

    fn map(self) -> MapWriter<'j> {
        self.0.push_str(MAP);
        MapWriter { json: self.0, is_first: true }
    }
}

impl<'j> ser::Serializer for AttributeWriter<'j> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = ListWriter<'j>;
    type SerializeTuple = ListWriter<'j>;
    type SerializeTupleStruct = ListWriter<'j>;
    type SerializeTupleVariant = Impossible<(), Unwritable>;
    type SerializeMap = MapWriter<'j>;
    type SerializeStruct = MapWriter<'j>;
    type SerializeStructVariant = Impossible<(), Unwritable>;

    fn serialize_bool(self, value: bool) -> Result<(), Unwritable> {
        self.0.push_str(if value { r#"{"BOOL":true}"# } else { r#"{"BOOL":false}"# });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Unwritable> {
        self.number(value)
    }

    fn serialize_i16(self, value: i16) -> Result<(), Unwritable> {
        self.number(value)
    }

    fn serialize_i32(self, value: i32) -> Result<(), Unwritable> {
        self.number(value)
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unwritable> {
        self.number(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), Unwritable> {
        self.number(value)
    }

    fn serialize_u16(self, value: u16) -> Result<(), Unwritable> {
        self.number(value)
    }

    fn serialize_u32(self, value: u32) -> Result<(), Unwritable> {
        self.number(value)
    }

    fn serialize_u64(self, value: u64) -> Result<(), Unwritable> {
        self.number(value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unwritable> {
        self.number(value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Unwritable> {
        self.number(value)
    }

    fn serialize_char(self, value: char) -> Result<(), Unwritable> {
        self.text(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Unwritable> {
        self.text(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unwritable> {
        self.0.push_str(r#"{"B":""#);
        STANDARD.encode_string(value, self.0);
        self.0.push_str(r#""}"#);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Unwritable> {
        self.null()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritable> {
        self.null()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritable> {
        self.null()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Unwritable> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        let mut map = self.map();
        map.attribute(variant, value)?;
        map.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<ListWriter<'j>, Unwritable> {
        Ok(self.list())
    }

    fn serialize_tuple(self, _: usize) -> Result<ListWriter<'j>, Unwritable> {
        Ok(self.list())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<ListWriter<'j>, Unwritable> {
        Ok(self.list())
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        Err(Unwritable(format!("variants of {name} have several values")))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<MapWriter<'j>, Unwritable> {
        Ok(self.map())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<MapWriter<'j>, Unwritable> {
        Ok(self.map())
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unwritable> {
        Err(Unwritable(format!("variants of {name} have several values")))
    }
}

/// Writes a list.
struct ListWriter<'j> {
    json: &'j mut String,
    is_first: bool,
}

impl ListWriter<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        if !std::mem::take(&mut self.is_first) {
            self.json.push(',');
        }
        value.serialize(AttributeWriter(self.json))
    }

    fn close(self) -> Result<(), Unwritable> {
        self.json.push_str("]}");
        Ok(())
    }
}

impl ser::SerializeSeq for ListWriter<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.element(value)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}

impl ser::SerializeTuple for ListWriter<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.element(value)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}

impl ser::SerializeTupleStruct for ListWriter<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.element(value)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}

/// Writes a map.
struct MapWriter<'j> {
    json: &'j mut String,
    is_first: bool,
}

impl MapWriter<'_> {
    fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.is_first) {
            self.json.push(',');
        }
        write_string(self.json, name);
        self.json.push(':');
    }

    fn attribute<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Unwritable> {
        self.name(name);
        value.serialize(AttributeWriter(self.json))
    }

    fn close(self) -> Result<(), Unwritable> {
        self.json.push_str("}}");
        Ok(())
    }
}

impl ser::SerializeMap for MapWriter<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        // A name is written as a plain string, so it is read out of the attribute that it would be.
        let attribute = attribute(key)?;
        let name = attribute.strip_prefix(r#"{"S":"#).or_else(|| attribute.strip_prefix(r#"{"N":"#));
        let Some(name) = name.and_then(|name| name.strip_suffix('}')) else {
            return Err(Unwritable("a name of an attribute is no text".to_owned()));
        };
        if !std::mem::take(&mut self.is_first) {
            self.json.push(',');
        }
        self.json.push_str(name);
        self.json.push(':');
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        value.serialize(AttributeWriter(self.json))
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}

impl ser::SerializeStruct for MapWriter<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unwritable> {
        self.attribute(name, value)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}
