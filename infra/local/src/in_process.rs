//! The HTTP client of the functions: requests to AWS on this machine are answered in this process, without a connection.

use std::fmt;
use std::sync::Arc;

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

use crate::answered::Answered;
use crate::aws::Aws;

/// The address of AWS on this machine. RFC 2606 §2: no such host exists, so that nothing can leave the process by mistake.
pub const ADDRESS: &str = "http://aws.invalid";

/// A client that answers requests for [`ADDRESS`] itself, and gives all others to another client.
pub fn client(aws: Arc<Aws>, others: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(InProcess { aws, others })
}

struct InProcess {
    aws: Arc<Aws>,
    others: SharedHttpClient,
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let others = self.others.http_connector(settings, components);
        SharedHttpConnector::new(Connector { aws: Arc::clone(&self.aws), others })
    }
}

struct Connector {
    aws: Arc<Aws>,
    others: SharedHttpConnector,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if !request.uri().starts_with(ADDRESS) {
            return self.others.call(request);
        }
        let aws = Arc::clone(&self.aws);
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            response(aws.answer(target, request.body().bytes().unwrap_or_default()).await)
        })
    }
}

fn response(answered: Answered) -> Result<HttpResponse, ConnectorError> {
    let status = answered.status.try_into();
    let status = status.map_err(|error| ConnectorError::other(Box::new(error), None))?;
    Ok(HttpResponse::new(status, SdkBody::from(answered.body)))
}
