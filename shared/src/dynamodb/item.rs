//! Items and values in DynamoDB's JSON.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::reader::ItemReader;
use super::writer;
use crate::fault::Fault;

/// An item, or the attributes of its key, as they are sent. The default has no attributes.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Item(Box<RawValue>);

impl Item {
    /// The attributes of a value that has names for its parts.
    ///
    /// # Errors
    ///
    /// [`Fault::Broken`] when the value has no form in DynamoDB.
    pub fn of(value: &impl Serialize) -> Result<Self, Fault> {
        let mut json = "{".to_owned();
        writer::attributes(&mut json, value).map_err(Fault::broken)?;
        Self::closed(json)
    }

    /// The attributes of a key and of the entity that is stored there.
    ///
    /// # Errors
    ///
    /// As [`Self::of`].
    pub fn at(key: &impl Serialize, entity: &impl Serialize) -> Result<Self, Fault> {
        let mut json = "{".to_owned();
        writer::attributes(&mut json, key).map_err(Fault::broken)?;
        let without = json.len();
        json.push(',');
        writer::attributes(&mut json, entity).map_err(Fault::broken)?;
        // An entity may have no attributes of its own.
        if json.len() == without + 1 {
            json.truncate(without);
        }
        Self::closed(json)
    }

    fn closed(mut json: String) -> Result<Self, Fault> {
        json.push('}');
        RawValue::from_string(json).map(Self).map_err(Fault::broken)
    }

    /// Reads the item.
    ///
    /// # Errors
    ///
    /// When it has another form.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(ItemReader(&mut serde_json::Deserializer::from_str(self.0.get())))
    }
}

/// Items have personal data, so nothing of them is shown.
impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Item")
    }
}

/// The value of an attribute, as it is sent.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct Value(Box<RawValue>);

impl Value {
    /// This value.
    ///
    /// # Errors
    ///
    /// [`Fault::Broken`] when it has no form in DynamoDB.
    pub fn of(value: &(impl Serialize + ?Sized)) -> Result<Self, Fault> {
        let json = writer::attribute(value).map_err(Fault::broken)?;
        RawValue::from_string(json).map(Self).map_err(Fault::broken)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        text: String,
        positive: u64,
        negative: i64,
        fraction: f64,
        flag: bool,
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        list: Vec<u32>,
        names: BTreeMap<String, String>,
        absent: Option<String>,
        present: Option<u8>,
        unit: Unit,
        wrapped: Wrapped,
        pair: (u8, String),
        #[serde(flatten)]
        tagged: Tagged,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Unit {
        OneOfThem,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Wrapped {
        Number(u8),
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Tagged {
        Session { since: u64, note: Option<String> },
    }

    fn everything() -> Everything {
        Everything {
            text: "a \"b\" \\ \n \u{1} é 🌲".to_owned(),
            positive: u64::MAX,
            negative: i64::MIN,
            fraction: 0.25,
            flag: true,
            bytes: vec![0, 255],
            list: vec![1, 2],
            names: BTreeMap::from([("a \"b\"".to_owned(), String::new())]),
            absent: None,
            present: Some(7),
            unit: Unit::OneOfThem,
            wrapped: Wrapped::Number(3),
            pair: (1, "one".to_owned()),
            tagged: Tagged::Session { since: 5, note: None },
        }
    }

    #[test]
    fn a_value_of_each_kind_has_the_form_that_dynamodb_documents() {
        let item = serde_json::to_value(Item::of(&everything()).unwrap()).unwrap();
        let expected = json!({
            "text": {"S": "a \"b\" \\ \n \u{1} é 🌲"},
            "positive": {"N": "18446744073709551615"},
            "negative": {"N": "-9223372036854775808"},
            "fraction": {"N": "0.25"},
            "flag": {"BOOL": true},
            "bytes": {"B": "AP8="},
            "list": {"L": [{"N": "1"}, {"N": "2"}]},
            "names": {"M": {"a \"b\"": {"S": ""}}},
            "absent": {"NULL": true},
            "present": {"N": "7"},
            "unit": {"S": "one_of_them"},
            "wrapped": {"M": {"Number": {"N": "3"}}},
            "pair": {"L": [{"N": "1"}, {"S": "one"}]},
            "kind": {"S": "session"},
            "since": {"N": "5"},
            "note": {"NULL": true},
        });
        assert_eq!(item, expected);
    }

    #[test]
    fn an_item_has_the_attributes_of_its_key_and_of_its_entity() {
        #[derive(Serialize)]
        struct Key {
            pk: &'static str,
        }
        #[derive(Serialize)]
        struct Nothing {}
        let shown = |item: Result<Item, Fault>| serde_json::to_value(item.unwrap()).unwrap();
        assert_eq!(shown(Item::at(&Key { pk: "a" }, &Nothing {})), json!({"pk": {"S": "a"}}));
        let entity = BTreeMap::from([("n", 1)]);
        assert_eq!(shown(Item::at(&Key { pk: "a" }, &entity)), json!({"pk": {"S": "a"}, "n": {"N": "1"}}));
    }

    #[test]
    fn what_has_no_names_or_no_form_is_no_item() {
        assert!(Item::of(&"text").is_err());
        assert!(Item::of(&[1, 2]).is_err());
        assert!(Item::of(&BTreeMap::from([(true, 1)])).is_err());
    }

    #[test]
    fn an_item_of_another_form_is_not_read() {
        let item = |json: &str| serde_json::from_str::<Item>(json).unwrap();
        for bad in [
            r#"{"n":{"S":"1"}}"#,
            r#"{"n":{"N":"one"}}"#,
            r#"{"n":{"N":"-1"}}"#,
            r#"{"n":{"N":"300"}}"#,
            r#"{"n":{"SS":["1"]}}"#,
            r#"{"n":{}}"#,
            r#"{"n":{"N":"1","S":"1"}}"#,
            r#"{"n":{"NULL":true}}"#,
            r#"{"m":{"N":"1"}}"#,
            "{}",
            "null",
            "[]",
            r#"{"n":1}"#,
        ] {
            #[derive(Debug, Deserialize)]
            struct Number {
                #[expect(dead_code, reason = "nothing is read")]
                n: u8,
            }
            item(bad).read::<Number>().unwrap_err();
        }
        #[derive(Debug, Deserialize)]
        struct Bytes {
            #[expect(dead_code, reason = "nothing is read")]
            #[serde(with = "serde_bytes")]
            b: Vec<u8>,
        }
        item(r#"{"b":{"B":"%"}}"#).read::<Bytes>().unwrap_err();
    }

    #[test]
    fn an_attribute_that_is_not_asked_for_is_skipped_whatever_it_is() {
        #[derive(Deserialize)]
        struct Named {
            n: u8,
        }
        let json = r#"{"a":{"SS":["x"]},"n":{"N":"1"},"b":{"M":{"c":{"L":[{"NULL":true}]}}},"d":{"NEW":{}}}"#;
        assert_eq!(serde_json::from_str::<Item>(json).unwrap().read::<Named>().unwrap().n, 1);
    }

    #[test]
    fn nothing_of_an_item_is_shown() {
        assert_eq!(format!("{:?}", Item::of(&everything()).unwrap()), "Item");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            text in ".*",
            names in prop::collection::btree_map(".*", ".*", 0..4),
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            list in prop::collection::vec(any::<u32>(), 0..4),
            (positive, negative, fraction) in (any::<u64>(), any::<i64>(), prop::num::f64::NORMAL),
            absent in prop::option::of(".*"),
        ) {
            let written = Everything { text, names, bytes, list, positive, negative, fraction, absent, ..everything() };
            let item = Item::of(&written).unwrap();
            prop_assert_eq!(item.read::<Everything>().unwrap(), written);
        }
    }
}
