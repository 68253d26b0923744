use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::Method;

use super::answer::Answer;
use super::client::Client;
use super::reply::Reply;
use super::test_server::{PASSWORD, TestServer};

/// A user at a browser: cookies, pages and forms, without scripts.
pub struct Visitor<'d> {
    pub driftwood: &'d TestServer,
    cookies: Mutex<BTreeMap<String, String>>,
    machine: reqwest::Client,
}

impl TestServer {
    /// A browser without cookies.
    pub fn visitor(&self) -> Visitor<'_> {
        self.visitor_at(self.http.clone())
    }

    /// The same on another machine.
    pub fn visitor_at(&self, machine: reqwest::Client) -> Visitor<'_> {
        Visitor { driftwood: self, cookies: Mutex::default(), machine }
    }
}

impl Visitor<'_> {
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// Opens an address in an invisible frame of an app's page.
    pub async fn in_frame(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[("sec-fetch-dest", "iframe")], String::new()).await
    }

    /// Sends a form as the pages of this server do.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_from("same-origin", path, fields).await
    }

    /// Sends a form from this kind of site.
    pub async fn post_from(&self, site: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", site)];
        self.send(Method::POST, path, &headers, body).await
    }

    /// Sends a request with the cookies, and stores those of the response.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Reply {
        let jar = |cookies: &BTreeMap<String, String>| {
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
        };
        let cookie = jar(&self.cookies.lock().unwrap());
        let mut headers = headers.to_vec();
        if !cookie.is_empty() {
            headers.push(("cookie", &cookie));
        }
        let reply = self.driftwood.send_from(&self.machine, method, path, &headers, body).await;
        for header in reply.headers.get_all("set-cookie") {
            let header = header.to_str().unwrap();
            for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
                assert!(header.contains(attribute), "{header}");
            }
            let (name, value) = header.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if header.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                self.driftwood.keep_secret(value);
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        reply
    }

    /// Follows redirects within this server, up to a page or a redirect to a client.
    pub async fn follow(&self, mut reply: Reply) -> Reply {
        for _ in 0..6 {
            match reply.own_location(&self.driftwood.server.url) {
                Some(path) => reply = self.get(&path).await,
                None => return reply,
            }
        }
        panic!("redirects in a circle");
    }

    /// Opens the authorization URL of a client, up to the first page.
    pub async fn authorize(&self, client: &Client, more: &[(&str, &str)]) -> Reply {
        let reply = self.get(&client.authorize_path(more)).await;
        self.follow(reply).await
    }

    /// Submits the last form of a page, with its boxes as they are, and follows redirects.
    pub async fn submit(&self, page: &Reply, fields: &[(&str, &str)]) -> Reply {
        let form = page.form();
        let preset = form.hidden.iter().chain(&form.checked).map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<(&str, &str)> = preset.chain(fields.iter().copied()).collect();
        let reply = self.post(&form.action, &fields).await;
        self.follow(reply).await
    }

    /// Registers a new user from a page with a link to the registration, and continues.
    pub async fn register(&self, page: &Reply) -> (String, Reply) {
        let email = self.driftwood.new_email();
        let path = page.link_to("/oauth2/authorize/register");
        let page = self.get(&path).await;
        let fields = [("name", "Alice Arden"), ("email", email.as_str()), ("password", PASSWORD)];
        (email.clone(), self.submit(&page, &fields).await)
    }

    pub async fn sign_in(&self, page: &Reply, email: &str, password: &str) -> Reply {
        self.submit(page, &[("email", email), ("password", password)]).await
    }

    /// Registers a new user without an authorization request.
    pub async fn register_anew(&self) -> (String, Reply) {
        let page = self.get("/oauth2/authorize/sign-in").await;
        self.register(&page).await
    }

    /// Registers a new user who is then signed in, and returns their e-mail address.
    pub async fn signed_up(&self) -> String {
        let (email, account) = self.register_anew().await;
        assert_eq!(account.heading(), "Your account");
        email
    }

    pub async fn allow(&self, page: &Reply) -> Reply {
        self.submit(page, &[("decision", "allow")]).await
    }

    /// Consents to a client as a signed-in user, if the consent page is shown, and returns the authorization response.
    pub async fn approve(&self, client: &Client, more: &[(&str, &str)]) -> Answer {
        let reply = self.authorize(client, more).await;
        let reply = if reply.leaves() { reply } else { self.allow(&reply).await };
        client.answer(&reply)
    }

    pub fn forget(&self, cookie: &str) {
        self.cookies.lock().unwrap().remove(cookie).expect("a cookie to forget");
    }

    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().unwrap().clone()
    }

    pub fn set_cookies(&self, cookies: BTreeMap<String, String>) {
        *self.cookies.lock().unwrap() = cookies;
    }
}
