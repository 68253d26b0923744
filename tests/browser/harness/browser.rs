//! A user's browser.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::extension::Extension;
use super::failure::FailureReport;
use super::look::Look;
use super::screenshots;

/// Chromium without its own windows and menus, which takes half as long; without it, the driver finds another browser. It is
/// the program itself and not the script that starts it: the driver would end the script and leave the browser behind.
const HEADLESS_SHELL: &str = "/usr/lib/chromium/chromium-headless-shell";
/// How long a page may take.
const TIME_FOR_A_PAGE: Duration = Duration::from_secs(15);
/// A page whose field with `autofocus` has the focus, or that has no such field.
const WITH_ITS_FOCUS: Locator<'_> = Locator::Css("html:not(:has([autofocus])), html:has(:focus)");
/// How long to wait before the next look.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A Chromium with an empty profile.
///
/// Two successive pages can have the same words, so every action that leads to another document remembers the one that it
/// leaves, and the next look waits until that one is gone.
pub struct Browser {
    /// Reports the page that a failed story saw last, so it is dropped before the session ends.
    _failure: FailureReport,
    client: Client,
    look: Look,
    /// The document that a press or a key has left, until another one is there.
    left: RefCell<Option<Document>>,
}

/// Chromium's id of one document: the same address that is loaded again is another document.
#[derive(PartialEq)]
struct Document(String);

/// Another tab, with the one to return to.
pub struct Tab(WindowHandle);

impl Browser {
    pub async fn open(driver: &str, look: Look, hosts: &str) -> Self {
        let hosts = format!("--host-resolver-rules={hosts}");
        let mut arguments = vec![
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
            &hosts,
        ];
        let options = if Path::new(HEADLESS_SHELL).exists() {
            json!({"args": arguments, "binary": HEADLESS_SHELL})
        } else {
            arguments.push("--headless=new");
            json!({"args": arguments})
        };
        let capabilities = json!({
            "acceptInsecureCerts": true,
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
        let client = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(driver).await;
        let client = client.expect("Chromium starts");
        let session = client.session_id().await.expect("a session").expect("a session");
        let failure = FailureReport::of(driver, &session);
        let browser = Self { _failure: failure, client, look, left: RefCell::default() };
        browser.apply_look().await;
        browser
    }

    /// Sets the screen and the colour scheme of the tab.
    async fn apply_look(&self) {
        let Look { scheme, width, height, is_phone, .. } = self.look;
        let scale = if is_phone { 2 } else { 1 };
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": is_phone});
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Opens a new tab and continues there.
    pub async fn open_tab(&self) -> Tab {
        self.arrive().await;
        let first = self.client.window().await.expect("a tab");
        let tab = self.client.new_window(true).await.expect("a new tab");
        self.client.switch_to_window(tab.handle).await.expect("the new tab");
        self.apply_look().await;
        Tab(first)
    }

    /// Closes the tab and continues in the first one.
    pub async fn close_tab(&self, tab: Tab) {
        self.arrive().await;
        self.client.close_window().await.expect("the tab closes");
        self.client.switch_to_window(tab.0).await.expect("the first tab");
    }

    /// Saves downloads in a folder.
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

    /// The document that is shown.
    async fn document(&self) -> Document {
        let tree = self.devtools("Page.getFrameTree", json!({})).await;
        Document(tree["frameTree"]["frame"]["loaderId"].as_str().expect("a document").to_owned())
    }

    /// Waits until the document that was left is gone.
    async fn arrive(&self) {
        let Some(left) = self.left.take() else { return };
        let gone = async {
            while self.document().await == left {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(TIME_FOR_A_PAGE, gone).await.expect("another document follows the one that was left");
    }

    /// Looks at the page until `attempt` succeeds: an element that does not exist yet, or went stale while it was used, is
    /// looked for again until the time for a page is over.
    async fn look_for<T>(&self, what: &str, attempt: impl AsyncFn() -> Result<T, CmdError>) -> T {
        self.arrive().await;
        let attempts = async {
            loop {
                match attempt().await {
                    Err(error) if error.is_no_such_element() || error.is_stale_element_reference() => {
                        tokio::time::sleep(POLL_INTERVAL).await;
                    }
                    result => return result.unwrap_or_else(|error| panic!("{what}: {error}")),
                }
            }
        };
        tokio::time::timeout(TIME_FOR_A_PAGE, attempts).await.unwrap_or_else(|_| panic!("no {what} on the page"))
    }

    /// Finds an element and uses it.
    async fn with<T>(
        &self,
        locator: Locator<'_>,
        what: &str,
        action: impl AsyncFn(Element) -> Result<T, CmdError>,
    ) -> T {
        self.look_for(what, async || action(self.client.find(locator).await?).await).await
    }

    /// Clicks an element that leads to another document.
    async fn leave_by(&self, locator: Locator<'_>, what: &str) {
        self.with(locator, what, async |target| {
            // Read after the element was found: if another document comes in between, the element is stale.
            let document = self.document().await;
            target.click().await?;
            self.left.replace(Some(document));
            Ok(())
        })
        .await;
    }

    /// Goes to an address.
    pub async fn go(&self, address: &str) {
        self.arrive().await;
        self.client.goto(address).await.expect(address);
    }

    /// The address of the page.
    pub async fn address(&self) -> url::Url {
        self.arrive().await;
        self.client.current_url().await.expect("an address")
    }

    /// Waits for the page with this headline.
    pub async fn sees(&self, headline: &str) {
        self.appears(Locator::XPath(&format!("//h1[normalize-space()=\"{headline}\"]")), headline).await;
    }

    /// Waits for an element, by a CSS selector.
    pub async fn notices(&self, selector: &str) {
        self.appears(Locator::Css(selector), selector).await;
    }

    /// Waits until the element with this id has this text.
    pub async fn says(&self, id: &str, text: &str) {
        self.appears(Locator::XPath(&format!("//*[@id=\"{id}\"][normalize-space()=\"{text}\"]")), text).await;
    }

    async fn appears(&self, locator: Locator<'_>, what: &str) {
        self.with(locator, what, async |_| Ok(())).await;
    }

    /// Waits until an element is gone, by its XPath.
    pub async fn disappears(&self, path: &str) {
        self.arrive().await;
        let gone = async {
            while self.client.find(Locator::XPath(path)).await.is_ok() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(TIME_FOR_A_PAGE, gone).await.unwrap_or_else(|_| panic!("{path} stays"));
    }

    /// The title of the tab.
    pub async fn title(&self) -> String {
        self.arrive().await;
        self.client.title().await.expect("a title")
    }

    /// The text of the first element that matches a CSS selector.
    pub async fn text(&self, selector: &str) -> String {
        self.with(Locator::Css(selector), selector, async |element| element.text().await).await
    }

    /// The texts of all elements that match a CSS selector.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        self.look_for(selector, async || {
            let mut texts = Vec::new();
            for element in self.client.find_all(Locator::Css(selector)).await? {
                texts.push(element.text().await?);
            }
            Ok(texts)
        })
        .await
    }

    /// An attribute of the first element that matches a CSS selector.
    pub async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.with(Locator::Css(selector), selector, async |element| element.attr(name).await).await
    }

    /// Uses the focused element. Chromium shows a page before it gives the focus to the field with `autofocus`, and a key
    /// that comes in between would be lost.
    async fn with_focused<T>(&self, action: impl AsyncFn(Element) -> Result<T, CmdError>) -> T {
        self.with(WITH_ITS_FOCUS, "focus", async |_| action(self.client.active_element().await?).await).await
    }

    /// The focused element: the text of a button or link, or the name of a field.
    pub async fn focus(&self) -> String {
        self.with_focused(async |element| {
            let text = element.text().await?;
            Ok(if text.is_empty() { element.attr("name").await?.unwrap_or_default() } else { text })
        })
        .await
    }

    /// Replaces the content of a field.
    pub async fn fill(&self, name: &str, text: &str) {
        self.with(Locator::Css(&format!("input[name={name}]")), name, async |field| {
            field.clear().await?;
            field.send_keys(text).await
        })
        .await;
    }

    /// Chooses an option by its label.
    pub async fn choose(&self, name: &str, label: &str) {
        let list = format!("select[name={name}]");
        self.with(Locator::Css(&list), name, async |list| list.select_by_label(label).await).await;
    }

    /// Presses the first button or link with this label, and leaves the page.
    pub async fn press(&self, label: &str) {
        self.leave_by(Locator::XPath(&button_or_link(label)), label).await;
    }

    /// Presses the first link with a part of this text, and leaves the page.
    pub async fn press_part(&self, label: &str) {
        self.leave_by(Locator::XPath(&format!("//a[*[normalize-space()=\"{label}\"]]")), label).await;
    }

    /// Presses the element that a CSS selector finds, and leaves the page.
    pub async fn follow(&self, selector: &str) {
        self.leave_by(Locator::Css(selector), selector).await;
    }

    /// Presses the first button or link with this label, and stays on the page: it downloads a file.
    pub async fn press_and_stay(&self, label: &str) {
        self.with(Locator::XPath(&button_or_link(label)), label, async |target| target.click().await).await;
    }

    /// Unfolds the part of the page that a CSS selector finds.
    pub async fn unfold(&self, details: &str) {
        let summary = format!("{details} > summary");
        self.with(Locator::Css(&summary), details, async |summary| summary.click().await).await;
        self.notices(&format!("{details}[open]")).await;
    }

    /// Follows a link to a part of this page.
    pub async fn jump(&self, id: &str) {
        let link = format!("a[href='#{id}']");
        self.with(Locator::Css(&link), id, async |link| link.click().await).await;
        self.notices(&format!("[id='{id}']:target")).await;
    }

    /// Types into the focused element.
    pub async fn types(&self, keys: &str) {
        self.with_focused(async |focused| focused.send_keys(keys).await).await;
    }

    /// Types keys of which the last one sends a form or follows a link, and leaves the page.
    pub async fn sends(&self, keys: &str) {
        self.with_focused(async |focused| {
            let document = self.document().await;
            focused.send_keys(keys).await?;
            self.left.replace(Some(document));
            Ok(())
        })
        .await;
    }

    /// Saves a screenshot of the whole page, and asserts that it has no flaws.
    pub async fn picture(&self, page: &str) {
        self.save_picture(page, true).await;
    }

    /// The same of the visible part, for a page that is too long for a screenshot; flaws are looked for on the whole page.
    pub async fn picture_of_screen(&self, page: &str) {
        self.save_picture(page, false).await;
    }

    async fn save_picture(&self, page: &str, is_whole: bool) {
        self.arrive().await;
        let name = format!("{}-{page}", self.look.name);
        let picture = self.devtools("Page.captureScreenshot", json!({"captureBeyondViewport": is_whole})).await;
        screenshots::save(&name, picture["data"].as_str().expect("a picture"));
        let arguments = vec![self.look.scheme.into(), self.look.width.into()];
        let flaws = self.client.execute(include_str!("flaws.js"), arguments).await.expect("flaws");
        assert_eq!(flaws, json!([]), "{name}");
    }

    /// Asserts that the console shows no error, and no violation of a Content Security Policy.
    pub async fn assert_quiet(&self) {
        let console = self.client.issue_cmd(Extension::console()).await.expect("a console");
        let entries = console.as_array().expect("entries");
        // A page may be an error page, whose status the console shows as well.
        let is_status = |entry: &Value| {
            let message = entry["message"].to_string();
            entry["source"] == "network" && (message.contains(" status of 4") || message.contains(" status of 503"))
        };
        let errors: Vec<_> = entries.iter().filter(|entry| !is_status(entry)).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }

    /// Closes the browser.
    pub async fn close(self) {
        self.client.close().await.expect("the browser closes");
    }
}

fn button_or_link(label: &str) -> String {
    let says = format!("[normalize-space()=\"{label}\"]");
    format!("//button{says} | //a{says}")
}
