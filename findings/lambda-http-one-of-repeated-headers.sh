#!/usr/bin/env bash
# lambda_http 1.3.0 with API Gateway's payload format 2.0: of a header that a response has twice, one value is left.
#
# A response may have several `WWW-Authenticate`, `Link` or `Vary` fields (RFC 9110 §5.2), and an `http::HeaderMap` holds them all. A good
# guess is that they reach the caller, joined by commas as HTTP allows, or in `multiValueHeaders` as format 1.0 has them. In format 2.0 the
# answer to API Gateway has only one string for each name; the crate puts the first value there and drops the others without an error.
# `Set-Cookie` is the exception: all of them are in `cookies`. So a server that sends two challenges has to join them before.
#
# Seen here: of `WWW-Authenticate: Basic` and `WWW-Authenticate: Bearer`, `Basic` is left, and both cookies.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "seen"
version = "0.0.0"
edition = "2024"
[dependencies]
lambda_http = { version = "=1.3.0", default-features = false, features = ["apigw_http"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt"] }
TOML
cat >src/main.rs <<'RUST'
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Error, Request, Response, Service, service_fn};

const EVENT: &str = r#"{
  "version": "2.0", "routeKey": "GET /", "rawPath": "/", "rawQueryString": "", "headers": {"host": "api.example.com"},
  "requestContext": {
    "accountId": "123456789012", "apiId": "abcdefghij", "domainName": "api.example.com", "domainPrefix": "api",
    "http": {"method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "curl"},
    "requestId": "id", "routeKey": "GET /", "stage": "$default", "time": "22/Sep/2025:07:00:02 +0000", "timeEpoch": 1758524402000
  },
  "isBase64Encoded": false
}"#;

async fn answer(_: Request) -> Result<Response<Body>, Error> {
    let answer = Response::builder().status(401).header("www-authenticate", "Basic").header("www-authenticate", "Bearer");
    Ok(answer.header("set-cookie", "a=1").header("set-cookie", "b=2").body(Body::Empty)?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let event: LambdaRequest = serde_json::from_str(EVENT)?;
    let answer = Adapter::from(service_fn(answer)).call(LambdaEvent::new(event, Context::default())).await?;
    let answer = serde_json::to_value(answer)?;
    println!("{} {} {}", answer["headers"]["www-authenticate"], answer["multiValueHeaders"]["www-authenticate"], answer["cookies"]);
    Ok(())
}
RUST
seen=$(cargo run --quiet)
echo "lambda_http 1.3.0: headers, multiValueHeaders and cookies have: $seen"
[ "$seen" = '"Basic" null ["a=1","b=2"]' ]
