use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read whole.
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

    /// Asserts an envelope with this error.
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

    /// The fields that a 400 complains about.
    #[track_caller]
    pub fn mistaken_fields(&self) -> Vec<String> {
        let error = self.refused(400, "invalid_input");
        error["fields"].as_object().expect("fields").keys().cloned().collect()
    }
}
