//! The smallest Lambda function over HTTP, for comparison: one thread like ours, no log, no AWS.

use lambda_http::{Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(|_: Request| async { Ok::<_, Error>(Response::new("Hello, world".to_owned())) })).await
}
