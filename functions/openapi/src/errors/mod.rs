//! `GET /docs/errors`: what each code of an OAuth error means, where `error_uri` leads to.

mod explanation;
mod page;

pub use explanation::{Explanation, explanations};
pub(crate) use page::page;
