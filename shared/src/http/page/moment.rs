//! Times on pages.

use crate::domain::types::timestamp::Timestamp;
use maud::{Markup, html};
use time::OffsetDateTime;
use time::macros::format_description;

/// A date, such as “5 March 2026”.
pub fn date(time: Timestamp) -> Markup {
    shown(time, &|time| time.format(format_description!("[day padding:none] [month repr:long] [year]")).ok())
}

/// A date and a time, such as “5 March 2026, 14:07 UTC”.
pub fn moment(time: Timestamp) -> Markup {
    let format = format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
    shown(time, &|time| time.format(format).ok())
}

fn shown(time: Timestamp, format: &dyn Fn(OffsetDateTime) -> Option<String>) -> Markup {
    let text = OffsetDateTime::from_unix_timestamp(time.as_seconds()).ok().and_then(format);
    html! { time datetime=(time.to_rfc3339()) { (text.unwrap_or_default()) } }
}
