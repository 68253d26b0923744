//! The embedded DynamoDB: a database in a file or in memory, and the operations of DynamoDB's JSON protocol on it.

use std::path::Path;
use std::time::Duration;

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answered::Answered;
use crate::error::StartError;
use crate::service::Service;

/// How often expired items are deleted.
const SWEEP: Duration = Duration::from_secs(600);

/// The database with all tables.
#[derive(Clone)]
pub struct Tables {
    database: Database,
    is_in_file: bool,
}

impl Tables {
    /// Opens the database in this file, or one in memory without a file.
    ///
    /// # Errors
    ///
    /// When the file is damaged.
    pub fn open(file: Option<&Path>) -> Result<Self, StartError> {
        let database = match file {
            None => {
                Database::memory().map_err(|error| StartError::new(format!("the tables cannot be created: {error}.")))
            }
            Some(file) => Database::new(&file.to_string_lossy()).map_err(|error| damaged(file, &error.to_string())),
        }?;
        Ok(Self { database, is_in_file: file.is_some() })
    }

    /// Answers one request.
    pub async fn answer(&self, operation: &str, body: &[u8]) -> Answered {
        // Other requests are served before this one, as during a request over a network.
        tokio::task::yield_now().await;
        if !self.is_in_file {
            return answer(&self.database, operation, body);
        }
        // A write to a file waits for the disk, and everything else that uses the database waits with it.
        let (database, operation, body) = (self.database.clone(), operation.to_owned(), body.to_vec());
        let answered = tokio::task::spawn_blocking(move || answer(&database, &operation, &body)).await;
        answered.unwrap_or_else(|error| Answered::error(500, "InternalServerError", &error.to_string()))
    }

    /// Deletes expired items, now and then at intervals.
    pub fn sweep(&self) -> Service {
        let database = self.database.clone();
        Service::start(|stop| async move {
            let sweep = tokio::spawn(sweep(database));
            stop.wait().await;
            sweep.abort();
        })
    }
}

/// The error for tables that cannot be read.
pub fn damaged(file: &Path, cause: &str) -> StartError {
    let file = file.display();
    StartError::new(format!(
        "the tables in {file} cannot be read ({cause}): restore the file, or delete it to start again."
    ))
}

fn answer(database: &Database, operation: &str, body: &[u8]) -> Answered {
    let result = match operation {
        "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| database.batch_write_item(request)),
        "CreateTable" => run(body, |request| database.create_table(request)),
        "DeleteItem" => run(body, |request| database.delete_item(request)),
        "DeleteTable" => run(body, |request| database.delete_table(request)),
        "DescribeTable" => run(body, |request| database.describe_table(request)),
        "DescribeTimeToLive" => run(body, |request| database.describe_time_to_live(request)),
        "GetItem" => run(body, |request| database.get_item(request)),
        "ListTables" => run(body, |request| database.list_tables(request)),
        "PutItem" => run(body, |request| database.put_item(request)),
        "Query" => run(body, |request| database.query(request)),
        "Scan" => run(body, |request| database.scan(request)),
        "TransactGetItems" => run(body, |request| database.transact_get_items(request)),
        "TransactWriteItems" => run(body, |request| database.transact_write_items(request)),
        "UpdateItem" => run(body, |request| database.update_item(request)),
        "UpdateTable" => run(body, |request| database.update_table(request)),
        "UpdateTimeToLive" => run(body, |request| database.update_time_to_live(request)),
        _ => return Answered::unknown_operation(),
    };
    match result {
        Ok(body) => Answered::ok(body),
        Err(error) => {
            tracing::debug!(operation, cause = %error, "the tables refuse a request");
            Answered { status: error.status_code(), body: error.to_json() }
        }
    }
}

fn run<Request: DeserializeOwned, Response: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Request) -> dynoxide::errors::Result<Response>,
) -> dynoxide::errors::Result<String> {
    let request = serde_json::from_slice(body);
    let request = request.map_err(|error| DynoxideError::SerializationException(error.to_string()))?;
    let response = operation(request)?;
    serde_json::to_string(&response).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

async fn sweep(database: Database) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        let database = database.clone();
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(deleted)) => tracing::debug!(deleted, "expired items were deleted"),
            Ok(Err(error)) => tracing::warn!(cause = %error, "expired items could not be deleted"),
            Err(error) => tracing::warn!(cause = %error, "expired items could not be deleted"),
        }
    }
}
