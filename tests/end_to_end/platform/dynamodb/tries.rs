//! How often a failure is tried, by us and by the SDK.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::http::{Request, Response};
use serde_json::json;
use shared::aws::transport::{NoResponse, Transport};
use shared::dynamodb::{Client, Get, Got, Operation};

use super::both::{item, key, sdk_client, sdk_item};
use crate::harness::TestServer;
/// Answers each request with the same, and counts.
struct Scripted {
    answer: Answer,
    count: Mutex<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Refusal(u16, &'static str),
    Late,
    Broken,
    Never,
}

impl Transport for Scripted {
    fn exchange(&self, _: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoResponse>> {
        *self.count.lock().unwrap() += 1;
        Box::pin(async move {
            match self.answer {
                Answer::Refusal(status, code) => {
                    let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "no"});
                    Ok(Response::builder().status(status).body(body.to_string().into()).unwrap())
                }
                Answer::Late => Err(NoResponse::Late),
                Answer::Broken => Err(NoResponse::broken("broken")),
                Answer::Never => std::future::pending().await,
            }
        })
    }
}

#[tokio::test]
async fn each_failure_is_tried_as_often_as_the_sdk_tries_it() {
    let driftwood = TestServer::start().await;
    let mut aws = driftwood.server.apps["contacts-list"].config.aws.clone();
    aws.dynamodb_endpoint = Some("http://127.0.0.1:1".to_owned());
    aws.backoff = Duration::from_millis(1);
    // Nothing but the request that is never answered waits for it.
    aws.patience = Duration::from_millis(50);
    for (answer, tries) in [
        (Answer::Refusal(400, "ThrottlingException"), 3),
        (Answer::Refusal(400, "ProvisionedThroughputExceededException"), 3),
        (Answer::Refusal(400, "RequestLimitExceeded"), 3),
        (Answer::Refusal(400, "LimitExceededException"), 3),
        (Answer::Refusal(400, "TransactionInProgressException"), 3),
        (Answer::Refusal(500, "InternalServerError"), 3),
        (Answer::Refusal(503, "ServiceUnavailable"), 3),
        (Answer::Refusal(502, ""), 3),
        (Answer::Refusal(504, ""), 3),
        (Answer::Late, 3),
        (Answer::Broken, 3),
        (Answer::Never, 3),
        (Answer::Refusal(400, "ValidationException"), 1),
        (Answer::Refusal(400, "ConditionalCheckFailedException"), 1),
        (Answer::Refusal(400, "TransactionConflictException"), 1),
        (Answer::Refusal(400, "TransactionCanceledException"), 1),
        (Answer::Refusal(400, "ResourceNotFoundException"), 1),
        (Answer::Refusal(400, "AccessDeniedException"), 1),
        (Answer::Refusal(400, "UnrecognizedClientException"), 1),
        (Answer::Refusal(403, ""), 1),
        (Answer::Refusal(501, ""), 1),
    ] {
        let scripted = || Arc::new(Scripted { answer, count: Mutex::default() });
        let (first, second) = (scripted(), scripted());
        let request = Get { table_name: "Users", key: item(&key("a")), consistent_read: true };
        let client = Client::new(&aws, Arc::clone(&first) as Arc<dyn Transport>);
        assert!(client.call::<Got>(Operation::GetItem, &request).await.is_err(), "{answer:?}");
        let client = sdk_client(&aws, Arc::clone(&second) as Arc<dyn Transport>);
        let request = client.get_item().table_name("Users").set_key(Some(sdk_item(&key("a"))));
        assert!(request.send().await.is_err(), "{answer:?}");
        let counts = [&first, &second].map(|scripted| *scripted.count.lock().unwrap());
        assert_eq!(counts, [tries, tries], "{answer:?}: ours, the SDK's");
    }
}
