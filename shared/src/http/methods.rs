//! Which methods an endpoint answers.

use lambda_http::http::Method;

/// The methods of an endpoint, beside `OPTIONS`, which each endpoint has.
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
    /// The methods at a path, as `Allow` lists them; of an endpoint with every method, none has to be listed.
    pub fn listed(self, path: &str) -> &'static [Method] {
        match self {
            Self::Of(methods) => methods,
            Self::AtPath(methods) => methods(path),
            Self::Any => &[],
        }
    }

    /// Says whether a request by this method is answered at a path.
    pub fn has(self, method: &Method, path: &str) -> bool {
        matches!(self, Self::Any) || self.listed(path).contains(method)
    }
}
