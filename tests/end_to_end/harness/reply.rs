use reqwest::header::HeaderMap;
use serde_json::Value;

/// A response with its whole body.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The `result` of a successful envelope.
    #[track_caller]
    pub fn result(&self) -> Value {
        let json = self.json();
        assert!(self.status == 200 && json["ok"] == true, "{} {}", self.status, self.text);
        json["result"].clone()
    }

    /// Asserts an error envelope with this code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let json = self.json();
        assert_eq!((self.status, json["error"]["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(json["ok"], false);
        assert!(
            json["error"]["message"].as_str().is_some_and(|message| message.len() > 10),
            "a sentence: {}",
            self.text
        );
        assert_eq!(self.header("cache-control"), "no-store");
        assert!(!self.header("x-request-id").is_empty());
        json["error"].clone()
    }

    /// Asserts an error of RFC 6749 §5.2.
    #[track_caller]
    pub fn refused_oauth(&self, status: u16, code: &str) -> Value {
        let json = self.json();
        assert_eq!((self.status, json["error"].as_str()), (status, Some(code)), "{}", self.text);
        assert!(json["error_description"].is_string());
        assert_eq!(self.header("cache-control"), "no-store");
        json
    }

    /// Asserts a resource error, which is no envelope and has the request id.
    #[track_caller]
    pub fn refused_resource(&self, status: u16, code: &str) -> Value {
        let json = self.json();
        let error = &json["error"];
        assert_eq!((self.status, error["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "a sentence: {}", self.text);
        assert_eq!((error["request_id"].as_str(), json.get("ok")), (Some(self.header("x-request-id")), None));
        assert_eq!(self.header("cache-control"), "no-store");
        error.clone()
    }

    /// The fields of an `invalid_input` resource error.
    #[track_caller]
    pub fn mistaken_parts(&self) -> Vec<String> {
        let error = self.refused_resource(400, "invalid_input");
        error["fields"].as_object().expect("fields").keys().cloned().collect()
    }

    /// The fields of an `invalid_input` envelope.
    #[track_caller]
    pub fn mistaken_fields(&self) -> Vec<String> {
        let error = self.refused(400, "invalid_input");
        error["fields"].as_object().expect("fields").keys().cloned().collect()
    }

    /// The path within this server to which a redirect leads.
    pub fn own_location(&self, own_url: &str) -> Option<String> {
        let location = self.header("location");
        if self.status != 303 || location.is_empty() {
            return None;
        }
        let path = location.strip_prefix(own_url).unwrap_or(location);
        path.starts_with('/').then(|| path.to_owned())
    }

    /// The address at a client to which the browser goes: by a redirect, or by a page that goes on by itself.
    #[track_caller]
    pub fn leaves_to(&self) -> String {
        if self.status == 303 { self.header("location").to_owned() } else { self.taken_to() }
    }

    /// Says whether the browser leaves our pages for a client.
    pub fn leaves(&self) -> bool {
        self.status == 303 || self.leaves_by_page()
    }

    /// Says whether it is a page that goes on by itself.
    pub fn leaves_by_page(&self) -> bool {
        !self.header("refresh").is_empty()
    }

    /// The address to which a page redirects by itself.
    #[track_caller]
    pub fn taken_to(&self) -> String {
        assert_eq!((self.status, self.heading().as_str()), (200, "One moment"), "{}", self.text);
        let address = self.header("refresh").strip_prefix("0; url=").expect("an address").to_owned();
        assert_eq!(self.link_to(address.split('?').next().unwrap()), address, "the page has a link too");
        address
    }

    /// The headline of a page, after asserting the security headers of every page.
    #[track_caller]
    pub fn heading(&self) -> String {
        assert!(self.header("content-type").starts_with("text/html"), "a page: {} {}", self.status, self.text);
        let policy = self.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("access-control-allow-origin", ""),
        ] {
            assert_eq!(self.header(name), value, "{name}");
        }
        let headline = between(&self.text, "<h1>", "</h1>").expect("a headline");
        headline.replace("<span class=\"whole\">", "").replace("</span>", "")
    }

    /// Asserts an error page without a redirect.
    #[track_caller]
    pub fn refused_page(&self, status: u16, heading: &str) {
        assert_eq!((self.status, self.heading().as_str()), (status, heading), "{}", self.text);
        assert_eq!(self.header("location"), "");
    }

    /// Says whether a page shows this text, wherever its lines may break.
    pub fn shows(&self, text: &str) -> bool {
        self.text.replace("<wbr>", "").contains(text)
    }

    /// The last form of a page.
    #[track_caller]
    pub fn form(&self) -> Form {
        self.forms().pop().unwrap_or_else(|| panic!("a form: {} {}", self.status, self.text))
    }

    /// All forms of a page.
    pub fn forms(&self) -> Vec<Form> {
        let form = |text: &str| {
            let hidden = text.split("<input type=\"hidden\"").skip(1).filter_map(|input| {
                Some((unescape(between(input, "name=\"", "\"")?), unescape(between(input, "value=\"", "\"")?)))
            });
            let text = text.split("</form>").next().unwrap_or_default();
            let count = text.matches("<input type=\"hidden\"").count();
            let boxes = text.split("<input type=\"checkbox\"").skip(1).filter_map(|input| {
                let input = input.split('>').next().filter(|input| input.ends_with(" checked"))?;
                Some((unescape(between(input, "name=\"", "\"")?), "on".to_owned()))
            });
            Form {
                action: unescape(between(text, "action=\"", "\"").unwrap_or_default()),
                hidden: hidden.take(count).collect(),
                checked: boxes.collect(),
                text: text.to_owned(),
            }
        };
        self.text.split("<form ").skip(1).map(form).collect()
    }

    /// The address of the first link to this path.
    #[track_caller]
    pub fn link_to(&self, path: &str) -> String {
        let start =
            self.text.find(&format!("href=\"{path}")).unwrap_or_else(|| panic!("a link to {path}: {}", self.text));
        unescape(between(&self.text[start..], "href=\"", "\"").unwrap())
    }
}

/// A form of a page.
#[derive(Clone, Debug)]
pub struct Form {
    pub action: String,
    pub hidden: Vec<(String, String)>,
    /// The boxes that are ticked at first.
    pub checked: Vec<(String, String)>,
    pub text: String,
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}

fn unescape(text: &str) -> String {
    text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
}
