//! The port for other programs: the AWS CLI, containers of `sam local`, the benchmark.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::harness::TestServer;

async fn ask(driftwood: &TestServer, target: &str, body: Value) -> (u16, Value) {
    let url = format!("http://{}", driftwood.server.aws_address.expect("an open port"));
    let request = reqwest::Client::new().post(url).header("x-amz-target", target).body(body.to_string());
    let response = request.send().await.expect("a response");
    let (status, text) = (response.status().as_u16(), response.text().await.expect("a body"));
    (status, serde_json::from_str(&text).expect("JSON"))
}

#[tokio::test]
async fn other_programs_see_the_tables_and_secrets_of_the_server() {
    let aws = Some((Ipv4Addr::LOCALHOST.into(), 0));
    let driftwood = TestServer::start_as(local::Options { aws, ..local::Options::default() }).await;
    let app = &driftwood.server.apps["keys-rotate"];
    let keys = json!({"SecretId": app.config.signing_keys_secret});
    let (status, secret) = ask(&driftwood, "secretsmanager.GetSecretValue", keys).await;
    let current = app.secrets.current(&app.config.signing_keys_secret).await.expect("keys");
    assert_eq!((status, secret["SecretString"].as_str()), (200, Some(current.value.expose())));
    let (status, error) = ask(&driftwood, "DynamoDB_20120810.ListBackups", json!({})).await;
    assert_eq!((status, &error["__type"]), (400, &json!("UnknownOperationException")));

    // The port has the embedded tables; an external DynamoDB has its own.
    if app.config.aws.dynamodb_endpoint != app.config.aws.secrets_manager_endpoint {
        return;
    }
    let users = json!({"TableName": driftwood.server.table("Users")});
    let (status, scan) = ask(&driftwood, "DynamoDB_20120810.Scan", users.clone()).await;
    assert_eq!((status, &scan["Count"]), (200, &json!(0)));
    driftwood.alice().await;
    let (status, scan) = ask(&driftwood, "DynamoDB_20120810.Scan", users).await;
    assert_eq!((status, &scan["Count"]), (200, &json!(driftwood.count_items("Users").await)));
    let (status, error) = ask(&driftwood, "DynamoDB_20120810.Scan", json!({"TableName": "nothing"})).await;
    let kind = "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException";
    assert_eq!((status, &error["__type"]), (400, &json!(kind)));
}
