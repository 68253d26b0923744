//! Which methods an endpoint answers.

use lambda_http::http::Method;

/// The methods of an endpoint, beside `OPTIONS`, which each endpoint has, and `HEAD`, which each has that has `GET`.
#[derive(Clone, Copy)]
pub enum Methods {
    /// These, at each of its paths.
    Of(&'static [Method]),
    /// Those that this gives for a path.
    AtPath(fn(&str) -> &'static [Method]),
    /// Every one.
    Any,
}

impl Methods {
    /// The methods at a path; of an endpoint with every method, none has to be listed.
    pub fn listed(self, path: &str) -> &'static [Method] {
        match self {
            Self::Of(methods) => methods,
            Self::AtPath(methods) => methods(path),
            Self::Any => &[],
        }
    }

    /// The value of `Allow` at a path.
    pub fn allow(self, path: &str) -> String {
        let listed = self.listed(path).iter().flat_map(|method| match *method {
            Method::GET => vec!["GET", "HEAD"],
            ref other => vec![other.as_str()],
        });
        listed.chain(["OPTIONS"]).collect::<Vec<_>>().join(", ")
    }

    /// The method by which a request is handled at a path, if the endpoint answers it: a `HEAD` as a `GET`, whose response
    /// is then sent without its body (RFC 9110 §9.3.2).
    pub fn handled_as(self, method: &Method, path: &str) -> Option<Method> {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        (matches!(self, Self::Any) || self.listed(path).contains(method)).then(|| method.clone())
    }
}
