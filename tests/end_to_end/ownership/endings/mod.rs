//! What ends what: the tables of `docs/security.md`, cell by cell.
//!
//! The tables are the only place that says what each event ends. For each row, a user with one of everything is set up,
//! the event happens, and everything is tried. A row or a column that no test knows fails.

mod account;
mod events;
mod probes;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, StreamExt, stream};

use self::account::Account;
use self::events::Start;
use crate::harness::{Forged, OPERATED};

/// What became of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It works.
    Stays,
    /// It is refused until the user or an operator does something.
    Waits,
    /// It never works again.
    Ends,
}

impl Fate {
    const fn word(self) -> &'static str {
        match self {
            Self::Stays => "stays",
            Self::Waits => "waits",
            Self::Ends => "ends",
        }
    }
}

/// A row: the event, and what the document says for each column, in its order.
type Row = (String, Vec<(String, String)>);

/// The rows of the document, each with the columns of all tables of the section.
fn documented() -> Vec<Row> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/security.md");
    let page = std::fs::read_to_string(page).expect("docs/security.md");
    let (_, section) = page.split_once("\n## What revokes what\n").expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let (mut rows, mut names): (BTreeMap<String, Vec<_>>, Vec<String>) = <_>::default();
    let (mut columns, mut tables): (Vec<String>, usize) = <_>::default();
    for line in section.lines() {
        let Some(line) = line.strip_prefix("| ") else { continue };
        let cells: Vec<_> = line.trim_end_matches(" |").split(" | ").map(|cell| cell.trim().to_owned()).collect();
        match cells.first().map(String::as_str) {
            Some("event") => (columns, tables) = (cells, tables + 1),
            Some("---") => {}
            Some(event) => {
                assert_eq!(cells.len(), columns.len(), "{line}");
                if tables == 1 {
                    names.push(event.to_owned());
                }
                let row = rows.entry(event.to_owned()).or_default();
                row.extend(columns.iter().cloned().zip(cells).skip(1));
            }
            None => {}
        }
    }
    let most = rows.values().map(Vec::len).max().unwrap_or_default();
    for (event, row) in &rows {
        assert!(row.len() == most && names.contains(event), "{event}: every table has every row");
    }
    names.into_iter().map(|name| rows.remove_entry(&name).expect("each row is there once")).collect()
}

/// Lets the event happen, and returns the cells that say another thing than what is so.
async fn walk((event, cells): Row) -> String {
    let forged = Forged::start_with(&[OPERATED, ("RefreshGraceSeconds", "0"), ("DeletionGraceSeconds", "86400")]).await;
    let start = Start::of(&event);
    let mut account = Box::pin(Account::new(&forged, start)).await;
    let session = Box::pin(account.happen(&event)).await;
    account.session = session;
    let mut found = BTreeMap::new();
    for (column, _) in &cells {
        found.insert(column.as_str(), Box::pin(account.probe(column)).await);
    }
    if Box::pin(account.lift(&event)).await {
        for (column, fate) in &mut found {
            if *fate == Some(Fate::Ends) && Box::pin(account.probe(column)).await == Some(Fate::Stays) {
                *fate = Some(Fate::Waits);
            }
        }
    }
    let mut wrong = String::new();
    for (column, said) in &cells {
        let is = found[column.as_str()].map_or("–", Fate::word);
        if is != said {
            writeln!(wrong, "{event} | {column}: the document says “{said}”, and it is “{is}”").expect("text");
        }
    }
    wrong
}

#[tokio::test]
async fn what_ends_what_is_as_the_document_says() {
    let rows = documented();
    let columns = rows.first().map_or(0, |(_, cells)| cells.len());
    assert_eq!((rows.len(), columns), (32, 24), "a row or a column that is left out is tried no more");
    let walks = rows.into_iter().map(|row| async move {
        let event = row.0.clone();
        // The other rows are walked even if one cannot be.
        let walked = AssertUnwindSafe(Box::pin(walk(row))).catch_unwind().await;
        walked.unwrap_or_else(|_| format!("{event}: failed, see above\n"))
    });
    let wrong: Vec<String> = stream::iter(walks).buffer_unordered(4).collect().await;
    assert!(wrong.concat().is_empty(), "\n{}", wrong.concat());
}
