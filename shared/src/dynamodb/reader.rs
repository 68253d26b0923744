//! Our types out of DynamoDB's JSON, in one pass: an attribute is a map of one entry, whose name is the type of its value.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

/// Reads an item: a map of attributes.
pub(super) struct ItemReader<D>(pub(super) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ItemReader<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(InMap(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// Reads an attribute.
struct AttributeReader<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for AttributeReader<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Typed { visitor, wanted: Wanted::Any })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Typed { visitor, wanted: Wanted::Option })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Typed { visitor, wanted: Wanted::Enum })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_ignored_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

/// What the type that is read asks for.
#[derive(Clone, Copy)]
enum Wanted {
    Any,
    Option,
    Enum,
}

/// The type of an attribute's value. Sets are not used.
#[derive(Clone, Copy, Deserialize)]
enum Type {
    S,
    N,
    B,
    #[serde(rename = "BOOL")]
    Bool,
    #[serde(rename = "NULL")]
    Null,
    L,
    M,
}

/// Reads the map of one entry.
struct Typed<V> {
    visitor: V,
    wanted: Wanted,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Typed<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<V::Value, A::Error> {
        let Some(kind) = map.next_key()? else { return Err(A::Error::custom("an attribute has no type")) };
        let value = map.next_value_seed(OfType { kind, visitor: self.visitor, wanted: self.wanted })?;
        match map.next_key::<IgnoredAny>()? {
            None => Ok(value),
            Some(_) => Err(A::Error::custom("an attribute has two types")),
        }
    }
}

/// Reads the value of an attribute whose type is known.
struct OfType<V> {
    kind: Type,
    visitor: V,
    wanted: Wanted,
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for OfType<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        let value = ValueReader { kind: self.kind, value };
        match (self.wanted, self.kind) {
            (Wanted::Option, Type::Null) => {
                value.value.deserialize_ignored_any(IgnoredAny)?;
                self.visitor.visit_none()
            }
            (Wanted::Option, _) => self.visitor.visit_some(value),
            (Wanted::Enum, _) => value.deserialize_enum("", &[], self.visitor),
            (Wanted::Any, _) => value.deserialize_any(self.visitor),
        }
    }
}

/// Reads a value whose type is known.
struct ValueReader<D> {
    kind: Type,
    value: D,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ValueReader<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        match self.kind {
            Type::S => self.value.deserialize_str(visitor),
            Type::N => self.value.deserialize_str(Number(visitor)),
            Type::B => self.value.deserialize_str(Binary(visitor)),
            Type::Bool => self.value.deserialize_bool(visitor),
            Type::Null => {
                self.value.deserialize_ignored_any(IgnoredAny)?;
                visitor.visit_unit()
            }
            Type::L => self.value.deserialize_seq(InList(visitor)),
            Type::M => self.value.deserialize_map(InMap(visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        match self.kind {
            Type::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        match self.kind {
            Type::S => self.value.deserialize_str(Variant(visitor)),
            Type::M => self.value.deserialize_map(InMap(VariantWithValue(visitor))),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// A number, which DynamoDB writes as text.
struct Number<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Number<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number as text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        if let Ok(number) = text.parse::<u64>() {
            self.0.visit_u64(number)
        } else if let Ok(number) = text.parse::<i64>() {
            self.0.visit_i64(number)
        } else {
            let number: f64 = text.parse().map_err(|_| E::custom("a number is none"))?;
            self.0.visit_f64(number)
        }
    }
}

/// Bytes, which DynamoDB writes in base64.
struct Binary<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Binary<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes in base64")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        self.0.visit_byte_buf(STANDARD.decode(text).map_err(|_| E::custom("bytes are not in base64"))?)
    }
}

/// A variant without a value.
struct Variant<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Variant<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        self.0.visit_enum(IntoDeserializer::<E>::into_deserializer(text))
    }
}

/// A variant with a value: a map of one entry, which its name begins.
struct VariantWithValue<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for VariantWithValue<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(MapAccessDeserializer::new(map))
    }
}

/// A map of attributes.
struct InMap<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for InMap<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Attributes(map))
    }
}

/// The entries of a map of attributes.
struct Attributes<A>(A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Attributes<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(OfAttribute(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// A list of attributes.
struct InList<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for InList<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Elements(list))
    }
}

/// The elements of a list of attributes.
struct Elements<A>(A);

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(OfAttribute(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// Reads what `S` reads, out of an attribute.
struct OfAttribute<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for OfAttribute<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, attribute: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(AttributeReader(attribute))
    }
}
