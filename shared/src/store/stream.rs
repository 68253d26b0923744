//! The records of a table's stream, as Lambda hands them to a function.

use serde_json::Value;

use super::table::ItemKey;
use crate::dynamodb::Item;

/// What happened to one item.
pub(super) struct Record {
    /// Its number in the stream.
    pub(super) number: String,
    /// Its own id, the same each time that the stream gives it.
    pub(super) id: String,
    /// The item's key.
    pub(super) key: ItemKey,
    /// The item as it was, if the stream has that.
    pub(super) old: Option<Item>,
    /// The item as it is now, if the stream has it.
    pub(super) new: Option<Item>,
}

/// The records of an event; `None` if it is no event of a stream. A record without a key is passed over.
pub(super) fn records(event: &Value) -> Option<Vec<Record>> {
    let records = event.get("Records")?.as_array()?;
    Some(records.iter().filter_map(record).collect())
}

fn record(record: &Value) -> Option<Record> {
    let change = record.get("dynamodb")?;
    let part = |name: &str| change.pointer(&format!("/Keys/{name}/S")).and_then(Value::as_str);
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let image = |name: &str| serde_json::from_str(&change.get(name)?.to_string()).ok();
    Some(Record {
        number: text(change.get("SequenceNumber")),
        id: text(record.get("eventID")),
        key: ItemKey::new(part("pk")?, part("sk")?),
        old: image("OldImage"),
        new: image("NewImage"),
    })
}
