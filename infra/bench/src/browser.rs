//! A user in a browser who consents to an app, for the requests that need it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use aws_lc_rs::digest;
use reqwest::header::{COOKIE, LOCATION, REFRESH, SET_COOKIE};
use reqwest::redirect::Policy;
use shared::domain::crypto::base64url::encode;
use url::Url;

use crate::failure::Failure;
use crate::gateway::{PASSWORD, REDIRECT_URI, new_email};

/// The verifier of every exchange.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A browser with a signed-in user.
pub struct Browser {
    http: reqwest::Client,
    url: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    /// Registers a user on the pages of this server.
    ///
    /// # Errors
    ///
    /// When a page is not the expected one.
    pub async fn register(url: &str) -> Result<Self, Failure> {
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build()?;
        let browser = Self { http, url: url.to_owned(), cookies: Mutex::default() };
        let page = browser.get("/oauth2/authorize/register").await?.1;
        let email = new_email();
        let fields = [("name", "Ada"), ("email", email.as_str()), ("password", PASSWORD)];
        browser.submit("/oauth2/authorize/register", &page, &fields).await?;
        Ok(browser)
    }

    /// The path and query by which an app sends a browser.
    pub fn authorization(client_id: &str) -> String {
        let challenge = encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()).as_ref());
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", client_id),
                ("redirect_uri", REDIRECT_URI),
                ("scope", "openid contact_read"),
                ("code_challenge", challenge.as_str()),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        format!("/oauth2/authorize?{query}")
    }

    /// Authorizes an app and returns the code; consent is required only the first time.
    ///
    /// # Errors
    ///
    /// When no code is returned.
    pub async fn code(&self, client_id: &str) -> Result<String, Failure> {
        let (mut location, _) = self.get(&Self::authorization(client_id)).await?;
        if location.starts_with('/') {
            let (_, page) = self.get(&location).await?;
            location = self.submit("/oauth2/authorize/consent", &page, &[("decision", "allow")]).await?;
        }
        let back = Url::parse(&location)?;
        let code = back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        code.ok_or_else(|| format!("no code came back: {location}").into())
    }

    /// Begins the authorization of an app, and returns the path and query of the page for the consent.
    ///
    /// # Errors
    ///
    /// When the server sends the user elsewhere.
    pub async fn consent_page(&self, client_id: &str) -> Result<String, Failure> {
        let (location, _) = self.get(&Self::authorization(client_id)).await?;
        let is_page = location.starts_with("/oauth2/authorize/consent?");
        if is_page { Ok(location) } else { Err(format!("no consent was asked for: {location}").into()) }
    }

    /// Its cookies, as a request has them.
    pub fn cookies(&self) -> String {
        let stored = self.cookies.lock().map(|stored| stored.clone()).unwrap_or_default();
        stored.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    async fn get(&self, path: &str) -> Result<(String, String), Failure> {
        self.send(self.http.get(format!("{}{path}", self.url))).await
    }

    async fn submit(&self, path: &str, page: &str, fields: &[(&str, &str)]) -> Result<String, Failure> {
        let mut form: Vec<(&str, &str)> = fields.to_vec();
        for name in ["form_token", "authorization", "seen"] {
            form.extend(hidden(page, name).map(|value| (name, value)));
        }
        form.extend(ticked(page).map(|name| (name, "on")));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.http.post(format!("{}{path}", self.url)).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let (location, page) = self.send(request.header("sec-fetch-site", "same-origin")).await?;
        if location.is_empty() { Err(format!("a form was refused: {page}").into()) } else { Ok(location) }
    }

    /// Sends a request and returns where the response leads, by a redirect or by a page that goes on by itself, and its page.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<(String, String), Failure> {
        let answer = request.header(COOKIE, self.cookies()).send().await?;
        for header in answer.headers().get_all(SET_COOKIE) {
            let pair = header.to_str()?.split(';').next().and_then(|pair| pair.split_once('='));
            if let (Some((name, value)), Ok(mut stored)) = (pair, self.cookies.lock()) {
                stored.insert(name.to_owned(), value.to_owned());
            }
        }
        let headers = answer.headers();
        let location =
            headers.get(LOCATION).or_else(|| headers.get(REFRESH)).map(|value| value.to_str()).transpose()?;
        let location = location.unwrap_or_default();
        let location = location.strip_prefix("0; url=").unwrap_or(location).to_owned();
        Ok((location, answer.text().await?))
    }
}

/// The boxes of a page that are ticked.
fn ticked(page: &str) -> impl Iterator<Item = &str> {
    let boxes = page.split("<input type=\"checkbox\" name=\"").skip(1);
    boxes.filter_map(|rest| rest.split_once("\" checked>")).map(|(name, _)| name).filter(|name| !name.contains('"'))
}

fn hidden<'p>(page: &'p str, name: &str) -> Option<&'p str> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}
