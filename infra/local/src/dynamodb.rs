//! The tables of the template in a DynamoDB: the embedded one, or an external one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
    TableStatus, TimeToLiveSpecification,
};
use shared::aws::sdk;
use shared::aws::transport::Transport;

use crate::error::StartError;
use crate::evaluate::REGION;
use crate::stack::{Index, Table};
use crate::tables::damaged;

/// A client for a DynamoDB on this machine.
pub fn client(url: &str, transport: Arc<dyn Transport>) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(url)
        .http_client(sdk::http_client(transport))
        .build();
    Client::from_conf(config)
}

/// Creates the tables that do not exist yet, and the missing indexes of those that exist.
///
/// # Errors
///
/// When DynamoDB cannot.
pub async fn create_tables(client: &Client, tables: &[Table], file: Option<&Path>) -> Result<(), StartError> {
    // An embedded database in a file already has these tables at the second start.
    let existing = match file {
        Some(file) => {
            client
                .list_tables()
                .send()
                .await
                .map_err(|error| damaged(file, &DisplayErrorContext(error).to_string()))?
                .table_names
        }
        None => None,
    };
    let existing = existing.unwrap_or_default();
    for table in tables {
        let done = match existing.contains(&table.name) {
            true => complete(client, table).await,
            false => create(client, table).await,
        };
        done.map_err(|cause| match file {
            Some(file) => damaged(file, &cause),
            None => StartError::new(format!("table {} cannot be created: {cause}.", table.name)),
        })?;
    }
    Ok(())
}

async fn create(client: &Client, table: &Table) -> Result<(), String> {
    let mut request = client.create_table().table_name(&table.name).billing_mode(BillingMode::PayPerRequest);
    for index in &table.indexes {
        let (schema, projection) = (key_schema(&index.key_schema)?, projection(index));
        let index = GlobalSecondaryIndex::builder().index_name(&index.name).set_key_schema(Some(schema));
        let index = index.projection(projection).build().map_err(|error| error.to_string())?;
        request = request.global_secondary_indexes(index);
    }
    request = request.set_key_schema(Some(key_schema(&table.key_schema)?));
    request = request.set_attribute_definitions(Some(attributes(table)?));
    match request.send().await {
        Ok(_) => {}
        Err(SdkError::ServiceError(error)) if error.err().is_resource_in_use_exception() => return Ok(()),
        Err(error) => return Err(DisplayErrorContext(error).to_string()),
    }
    wait_until_active(client, &table.name).await?;
    let Some(attribute) = &table.time_to_live else { return Ok(()) };
    let time_to_live = TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute).build();
    let time_to_live = time_to_live.map_err(|error| error.to_string())?;
    let request = client.update_time_to_live().table_name(&table.name).time_to_live_specification(time_to_live);
    request.send().await.map(drop).map_err(|error| DisplayErrorContext(error).to_string())
}

/// Adds the indexes that a table from an earlier build lacks, like CloudFormation.
async fn complete(client: &Client, table: &Table) -> Result<(), String> {
    if table.indexes.is_empty() {
        return Ok(());
    }
    let described = client.describe_table().table_name(&table.name).send().await;
    let described = described.map_err(|error| DisplayErrorContext(error).to_string())?;
    let existing = described.table.and_then(|table| table.global_secondary_indexes).unwrap_or_default();
    for index in &table.indexes {
        if existing.iter().any(|existing| existing.index_name() == Some(&index.name)) {
            continue;
        }
        let action = CreateGlobalSecondaryIndexAction::builder()
            .index_name(&index.name)
            .set_key_schema(Some(key_schema(&index.key_schema)?))
            .projection(projection(index));
        let action = action.build().map_err(|error| error.to_string())?;
        let update = client
            .update_table()
            .table_name(&table.name)
            .set_attribute_definitions(Some(attributes(table)?))
            .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(action).build());
        update.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        wait_until_active(client, &table.name).await?;
    }
    Ok(())
}

fn key_schema(pairs: &[(String, String)]) -> Result<Vec<KeySchemaElement>, String> {
    let element = |(name, role): &(String, String)| {
        let element = KeySchemaElement::builder().attribute_name(name).key_type(KeyType::from(role.as_str())).build();
        element.map_err(|error| error.to_string())
    };
    pairs.iter().map(element).collect()
}

fn attributes(table: &Table) -> Result<Vec<AttributeDefinition>, String> {
    let definition = |(name, kind): &(String, String)| {
        let kind = ScalarAttributeType::from(kind.as_str());
        let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
        definition.map_err(|error| error.to_string())
    };
    table.attributes.iter().map(definition).collect()
}

fn projection(index: &Index) -> Projection {
    Projection::builder().projection_type(ProjectionType::from(index.projection.as_str())).build()
}

async fn wait_until_active(client: &Client, table: &str) -> Result<(), String> {
    for _ in 0..100 {
        let output = client.describe_table().table_name(table).send().await;
        let output = output.map_err(|error| DisplayErrorContext(error).to_string())?;
        if output.table.and_then(|table| table.table_status) == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("it does not become active".to_owned())
}

/// Deletes the tables that a test created in an external DynamoDB.
pub async fn delete_tables(client: &Client, tables: &[Table]) {
    for table in tables {
        if let Err(error) = client.delete_table().table_name(&table.name).send().await {
            tracing::warn!(cause = %DisplayErrorContext(error), table = table.name, "a table could not be deleted");
        }
    }
}
