//! What became of each line of a page.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::domain::input::fields::Mistakes;
use shared::domain::types::import_id::ImportId;
use shared::domain::user::UserId;
use shared::domain::user::import::LineMistake;
use shared::service::user::import::Outcome;

/// The report about a page. It has nothing of a password hash.
#[derive(Serialize)]
pub struct Report {
    dry_run: bool,
    /// How many lines have each outcome.
    counts: BTreeMap<&'static str, usize>,
    lines: Vec<LineReport>,
}

/// The outcomes of lines.
const OUTCOMES: [&str; 4] = ["imported", "importable", "exists", "refused"];

#[derive(Serialize)]
struct LineReport {
    line: usize,
    /// The user's id in the other system, if the line could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    import_id: Option<String>,
    outcome: &'static str,
    /// The user's id here, if they exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    /// The user who loses, or would lose, the address to them, because they did not verify it.
    #[serde(skip_serializing_if = "Option::is_none")]
    takes_email_from: Option<UserId>,
    /// What is wrong with the line as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What is wrong with its fields.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: Mistakes,
}

impl Report {
    /// The report about lines: their number, the id that was read, and the outcome.
    pub fn new(dry_run: bool, lines: impl Iterator<Item = ((usize, Option<ImportId>), Outcome)>) -> Self {
        let lines: Vec<_> = lines.map(|((line, id), outcome)| LineReport::new(line, id, outcome)).collect();
        let count = |outcome| lines.iter().filter(|line| line.outcome == outcome).count();
        Self { dry_run, counts: OUTCOMES.into_iter().map(|outcome| (outcome, count(outcome))).collect(), lines }
    }
}

impl LineReport {
    fn new(line: usize, import_id: Option<ImportId>, outcome: Outcome) -> Self {
        let import_id = import_id.map(|id| id.as_str().to_owned());
        let report = |outcome| Self {
            line,
            import_id,
            outcome,
            user_id: None,
            takes_email_from: None,
            message: None,
            fields: Mistakes::new(),
        };
        match outcome {
            Outcome::Imported(id, takes_email_from) => {
                Self { user_id: Some(id), takes_email_from, ..report("imported") }
            }
            Outcome::Importable(takes_email_from) => Self { takes_email_from, ..report("importable") },
            Outcome::Exists(id) => Self { user_id: Some(id), ..report("exists") },
            Outcome::Refused(LineMistake::Line(mistake)) => {
                Self { message: Some(format!("The line {mistake}")), ..report("refused") }
            }
            Outcome::Refused(LineMistake::Fields(fields)) => Self { fields, ..report("refused") },
        }
    }
}
