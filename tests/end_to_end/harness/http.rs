use oauth2::{HttpRequest, HttpResponse};

/// The HTTP client for client libraries; it follows no redirects, as they require.
pub async fn http(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let (parts, body) = request.into_parts();
    let request = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    let reply = request.send().await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = reply.status();
    *response.headers_mut() = reply.headers().clone();
    *response.body_mut() = reply.bytes().await?.to_vec();
    Ok(response)
}

/// The same for addresses that a client library accepts with `https` only: as behind a proxy that terminates TLS.
pub async fn behind_tls(mut request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let plain = request.uri().to_string().replacen("https://", "http://", 1);
    *request.uri_mut() = plain.parse().expect("an address");
    http(request).await
}
