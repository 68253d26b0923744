//! Everything that a story needs.

use super::api::Api;
use super::apps::{Answer, App, Callbacks, HOST, LONG_NAME};
use super::browser::Browser;
use super::chromedriver::Chromedriver;
use super::look::Look;

/// A server with an empty database, two apps, and a browser that has never been here.
pub struct Stage {
    pub browser: Browser,
    pub api: Api,
    /// On the web, so its consent is remembered.
    pub album: App,
    /// A program on the person's device, which has to ask each time; and with a very long name.
    pub program: App,
    callbacks: Callbacks,
    server: local::Server,
    _driver: Chromedriver,
}

impl Stage {
    pub async fn set(look: Look) -> Self {
        let server = local::start(local::Options::default()).await.expect("the server starts");
        let callbacks = Callbacks::default();
        let (web, device) = callbacks.serve().await;

        let api = Api::of(&server.url);
        let developer = api.developer().await;
        let album = api.app(&developer, "Photo Album", &format!("https://{HOST}/cb")).await;
        let program = api.app(&developer, LONG_NAME, &format!("http://127.0.0.1:{device}/cb")).await;

        let driver = Chromedriver::start();
        // Nothing beyond this machine is ever asked.
        let hosts = format!("MAP {HOST} 127.0.0.1:{web}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
        let browser = Browser::open(&driver.url(), look, &hosts).await;
        Self { browser, api, album, program, callbacks, server, _driver: driver }
    }

    /// The address of a page.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    /// An app sends the person here.
    pub async fn send(&self, app: &App, state: &str, more: &[(&str, &str)]) {
        self.browser.go(&app.request(&self.server.url, state, more)).await;
    }

    /// The browser is back at the app, with this answer to the request with this `state`.
    pub async fn answer_to(&self, state: &str) -> Answer {
        self.browser.sees("Back at the app").await;
        let answer = self.callbacks.answer_to(state);
        assert_eq!(answer["iss"], self.server.url, "the app learns who answered");
        answer
    }

    /// The end of the story: nothing was wrong all along.
    pub async fn end(self) {
        self.browser.assert_quiet().await;
        self.browser.close().await;
        self.server.shutdown().await;
    }
}
