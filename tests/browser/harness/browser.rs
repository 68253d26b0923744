//! A person's browser.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::extension::Extension;
use super::look::Look;

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often is looked whether it is there.
const GLANCE: Duration = Duration::from_millis(20);

/// A Chromium that has never been anywhere.
pub struct Browser {
    client: Client,
    look: Look,
}

/// Another tab, with the one to come back to.
pub struct Tab(WindowHandle);

impl Browser {
    pub async fn open(driver: &str, look: Look, hosts: &str) -> Self {
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            &format!("--host-resolver-rules={hosts}"),
        ];
        let wanted = json!({
            "acceptInsecureCerts": true,
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let Value::Object(wanted) = wanted else { unreachable!("it is an object") };
        let client = ClientBuilder::new(HttpConnector::new()).capabilities(wanted).connect(driver).await;
        let browser = Self { client: client.expect("Chromium starts"), look };
        browser.put_on_the_look().await;
        browser
    }

    /// A tab has to be told what screen it is on.
    async fn put_on_the_look(&self) {
        let Look { scheme, width, height, is_phone, .. } = self.look;
        let scale = if is_phone { 2 } else { 1 };
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": is_phone});
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Goes on in a tab of its own, beside this one.
    pub async fn open_tab(&self) -> Tab {
        let first = self.client.window().await.expect("a tab");
        let tab = self.client.new_window(true).await.expect("a new tab");
        self.client.switch_to_window(tab.handle).await.expect("the new tab");
        self.put_on_the_look().await;
        Tab(first)
    }

    /// Closes that tab, and goes on in the first one.
    pub async fn close_tab(&self, tab: Tab) {
        self.client.close_window().await.expect("the tab closes");
        self.client.switch_to_window(tab.0).await.expect("the first tab");
    }

    /// Keeps files that are downloaded in a folder.
    pub async fn download_to(&self, folder: &Path) {
        let behaviour = json!({"behavior": "allow", "downloadPath": folder});
        self.devtools("Browser.setDownloadBehavior", behaviour).await;
    }

    /// Runs no scripts from now on.
    pub async fn without_scripts(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.client.issue_cmd(Extension::devtools(command, parameters)).await.expect(command)
    }

    /// Goes to an address.
    pub async fn go(&self, address: &str) {
        self.client.goto(address).await.expect(address);
    }

    /// The address of the page.
    pub async fn address(&self) -> url::Url {
        self.client.current_url().await.expect("an address")
    }

    /// Waits for the page with this headline.
    pub async fn sees(&self, headline: &str) {
        self.wait(Locator::XPath(&format!("//h1[normalize-space()=\"{headline}\"]")), headline).await;
    }

    /// Waits for something, by a CSS selector.
    pub async fn notices(&self, selector: &str) -> Element {
        self.wait(Locator::Css(selector), selector).await
    }

    async fn wait(&self, locator: Locator<'_>, what: &str) -> Element {
        match self.client.wait().at_most(PATIENCE).every(GLANCE).for_element(locator).await {
            Ok(element) => element,
            Err(error) => panic!("no {what} at {}, but:\n{}\n{error}", self.address().await, self.text("body").await),
        }
    }

    /// Waits until something is gone, by its XPath.
    pub async fn disappears(&self, path: &str) {
        let gone = async {
            while self.client.find(Locator::XPath(path)).await.is_ok() {
                tokio::time::sleep(GLANCE).await;
            }
        };
        tokio::time::timeout(PATIENCE, gone).await.unwrap_or_else(|_| panic!("{path} stays"));
    }

    /// Waits until the element with this id says this.
    pub async fn says(&self, id: &str, text: &str) {
        self.wait(Locator::XPath(&format!("//*[@id=\"{id}\"][normalize-space()=\"{text}\"]")), text).await;
    }

    /// What the browser's tab says.
    pub async fn title(&self) -> String {
        self.client.title().await.expect("a title")
    }

    /// What the first element that a CSS selector fits says.
    pub async fn text(&self, selector: &str) -> String {
        self.client.find(Locator::Css(selector)).await.expect(selector).text().await.expect(selector)
    }

    /// What all of them say.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.client.find_all(Locator::Css(selector)).await.expect(selector) {
            texts.push(element.text().await.expect(selector));
        }
        texts
    }

    /// An attribute of the first element that a CSS selector fits.
    pub async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.client.find(Locator::Css(selector)).await.expect(selector).attr(name).await.expect(name)
    }

    /// What the keyboard writes to or would press: what a button or link says, or the name of a field.
    pub async fn focus(&self) -> String {
        let element = self.client.active_element().await.expect("a focus");
        let text = element.text().await.expect("a text");
        if text.is_empty() { element.attr("name").await.expect("a name").unwrap_or_default() } else { text }
    }

    /// Writes into a field, in place of what is there.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.client.find(Locator::Css(&format!("input[name={name}]"))).await.expect(name);
        field.clear().await.expect(name);
        field.send_keys(text).await.expect(name);
    }

    /// Presses the first button or link that says this.
    pub async fn press(&self, label: &str) {
        let says = format!("[normalize-space()=\"{label}\"]");
        let target = self.client.find(Locator::XPath(&format!("//button{says} | //a{says}"))).await.expect(label);
        target.click().await.expect(label);
    }

    /// Presses the first link of which this is a part.
    pub async fn press_part(&self, label: &str) {
        let path = format!("//a[*[normalize-space()=\"{label}\"]]");
        self.wait(Locator::XPath(&path), label).await.click().await.expect(label);
    }

    /// Presses what a CSS selector finds.
    pub async fn follow(&self, selector: &str) {
        self.notices(selector).await.click().await.expect(selector);
    }

    /// Chooses an option by what it says.
    pub async fn choose(&self, name: &str, label: &str) {
        let list = self.client.find(Locator::Css(&format!("select[name={name}]"))).await.expect(name);
        list.select_by_label(label).await.expect(label);
    }

    /// Types, wherever the keyboard writes to.
    pub async fn types(&self, keys: &str) {
        self.client.active_element().await.expect("a focus").send_keys(keys).await.expect("keys");
    }

    /// Takes a picture of the whole page, and finds no fault with it.
    pub async fn picture(&self, page: &str) {
        self.keep_picture(page, true).await;
    }

    /// The same of the part that is on the screen, for a page that no picture can hold; faults are looked for on all of it.
    pub async fn picture_of_screen(&self, page: &str) {
        self.keep_picture(page, false).await;
    }

    async fn keep_picture(&self, page: &str, is_whole: bool) {
        let name = format!("{}-{page}", self.look.name);
        let picture = self.devtools("Page.captureScreenshot", json!({"captureBeyondViewport": is_whole})).await;
        let bytes = STANDARD.decode(picture["data"].as_str().expect("a picture")).expect("base64");
        // Beside `tmp`, in the folder of everything that is built.
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder for screenshots");
        std::fs::write(folder.join(format!("{name}.png")), bytes).expect("a screenshot");
        let arguments = vec![self.look.scheme.into(), self.look.width.into()];
        let flaws = self.client.execute(include_str!("flaws.js"), arguments).await.expect("flaws");
        assert_eq!(flaws, json!([]), "{name}");
    }

    /// The console shows no error, and no violation of a Content Security Policy.
    pub async fn assert_quiet(&self) {
        let console = self.client.issue_cmd(Extension::console()).await.expect("a console");
        let entries = console.as_array().expect("entries");
        // A page may well be an error page, which the console shows as well.
        let is_status = |entry: &Value| {
            let message = entry["message"].to_string();
            entry["source"] == "network" && (message.contains(" status of 4") || message.contains(" status of 503"))
        };
        let errors: Vec<_> = entries.iter().filter(|entry| !is_status(entry)).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }

    /// Closes it.
    pub async fn close(self) {
        self.client.close().await.expect("the browser closes");
    }
}
