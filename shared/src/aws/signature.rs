//! Signatures of requests (AWS Signature Version 4), for the one kind of request that is sent: a `POST` of JSON to `/`.

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_lc_rs::{digest, hmac};
use lambda_http::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;

use super::protocol::Protocol;
use crate::config::AwsConfig;
use crate::domain::crypto::secret::Secret;
use crate::fault::Cause;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
/// The operation.
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// Signs requests to one service with the credentials of the process.
pub struct Signer {
    region: String,
    protocol: Protocol,
    access_key_id: String,
    secret_access_key: Secret,
    session_token: Option<Secret>,
    /// The key that was derived last. It holds for a day, and deriving it costs more than the rest.
    derived: Mutex<Option<Derived>>,
}

struct Derived {
    day: String,
    key: hmac::Key,
}

impl Signer {
    /// A signer for this service.
    pub fn new(aws: &AwsConfig, protocol: Protocol) -> Self {
        Self {
            region: aws.region.clone(),
            protocol,
            access_key_id: aws.access_key_id.clone(),
            secret_access_key: aws.secret_access_key.clone(),
            session_token: aws.session_token.clone(),
            derived: Mutex::default(),
        }
    }

    /// The headers of a signed request of this operation to this host.
    ///
    /// # Errors
    ///
    /// When a value is no header value, which none of a deployment's is.
    pub fn headers(&self, host: &str, target: &HeaderValue, body: &[u8], now: SystemTime) -> Result<HeaderMap, Cause> {
        let instant = instant(now);
        let day = instant.get(..8).unwrap_or_default();
        let token = self.session_token.as_ref().map(Secret::expose);
        let signed = match token {
            Some(_) => "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            None => "content-type;host;x-amz-date;x-amz-target",
        };
        // The canonical request: method, path, query, headers by their names, their names, and the body's digest.
        let mut canonical = String::with_capacity(1_024);
        canonical.push_str("POST\n/\n\n");
        _ = writeln!(canonical, "content-type:{}\nhost:{host}\nx-amz-date:{instant}", self.protocol.media_type);
        if let Some(token) = token {
            _ = writeln!(canonical, "x-amz-security-token:{token}");
        }
        _ = write!(canonical, "x-amz-target:{}\n\n{signed}\n", target.to_str()?);
        write_hex(&mut canonical, digest::digest(&digest::SHA256, body).as_ref());

        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.protocol.name);
        let mut to_sign = format!("AWS4-HMAC-SHA256\n{instant}\n{scope}\n");
        write_hex(&mut to_sign, digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        let signature = hmac::sign(&self.key(day), to_sign.as_bytes());
        let mut authorization =
            format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature=", self.access_key_id);
        write_hex(&mut authorization, signature.as_ref());

        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.protocol.media_type));
        headers.insert(TARGET, target.clone());
        headers.insert(DATE, HeaderValue::from_str(&instant)?);
        if let Some(token) = token {
            let mut token = HeaderValue::from_str(token)?;
            token.set_sensitive(true);
            headers.insert(SECURITY_TOKEN, token);
        }
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&authorization)?);
        Ok(headers)
    }

    /// The signing key of a day.
    fn key(&self, day: &str) -> hmac::Key {
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(derived) = derived.as_ref().filter(|derived| derived.day == day) {
            return derived.key.clone();
        }
        let first = format!("AWS4{}", self.secret_access_key.expose());
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, first.as_bytes());
        for part in [day, &self.region, self.protocol.name, "aws4_request"] {
            key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
        }
        *derived = Some(Derived { day: day.to_owned(), key: key.clone() });
        key
    }
}

/// A time as `20261129T141500Z`.
fn instant(now: SystemTime) -> String {
    let now = OffsetDateTime::from(now);
    let (year, month, day) = (now.year(), u8::from(now.month()), now.day());
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", now.hour(), now.minute(), now.second())
}

fn write_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 0xF] {
            text.extend(char::from_digit(digit.into(), 16));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4::SigningParams;

    use super::*;

    const GET_ITEM: &str = "DynamoDB_20120810.GetItem";

    fn aws(session_token: Option<&str>) -> AwsConfig {
        AwsConfig {
            region: "eu-central-1".to_owned(),
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
            session_token: session_token.map(|token| Secret::new(token.to_owned())),
            dynamodb_endpoint: None,
            secrets_manager_endpoint: None,
            ses_endpoint: None,
            event_bridge_endpoint: None,
            patience: Duration::from_secs(1),
            backoff: Duration::from_millis(50),
        }
    }

    /// The signature that AWS's own library makes of the same request.
    fn expected(aws: &AwsConfig, host: &str, body: &[u8], now: SystemTime) -> String {
        let token = aws.session_token.as_ref().map(|token| token.expose().to_owned());
        let credentials =
            Credentials::new(&aws.access_key_id, aws.secret_access_key.expose(), token, None, "test").into();
        let params = SigningParams::builder()
            .identity(&credentials)
            .region(&aws.region)
            .name("dynamodb")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = [("host", host), ("content-type", "application/x-amz-json-1.0")];
        let headers = headers.into_iter().chain([("x-amz-target", GET_ITEM)]);
        let uri = format!("https://{host}/");
        let request = SignableRequest::new("POST", uri, headers, SignableBody::Bytes(body)).unwrap();
        let (instructions, _) = sign(request, &params).unwrap().into_parts();
        let authorization = instructions.headers().find(|(name, _)| *name == "authorization");
        authorization.unwrap().1.to_owned()
    }

    #[test]
    fn a_request_is_signed_as_the_library_of_aws_signs_it() {
        for token in [None, Some("IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////==")] {
            let aws = aws(token);
            let signer = Signer::new(&aws, Protocol { name: "dynamodb", media_type: "application/x-amz-json-1.0" });
            // Two requests of a day, one of the next, and one of the first day again.
            for seconds in [1_785_231_000, 1_785_231_001, 1_785_331_000, 1_785_231_000] {
                let now = UNIX_EPOCH + Duration::from_secs(seconds);
                for host in ["dynamodb.eu-central-1.amazonaws.com", "127.0.0.1:8000"] {
                    for body in ["{}", "{\"TableName\":\"Users\",\"Key\":{\"pk\":{\"S\":\"é\"}}}"] {
                        let headers =
                            signer.headers(host, &HeaderValue::from_static(GET_ITEM), body.as_bytes(), now).unwrap();
                        assert_eq!(headers["authorization"], expected(&aws, host, body.as_bytes(), now));
                        assert_eq!(headers.get("x-amz-security-token").map(|sent| sent.to_str().unwrap()), token);
                    }
                }
            }
        }
    }
}
