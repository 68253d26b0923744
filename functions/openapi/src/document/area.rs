//! Areas of the document.

use crate::model::Operation;

/// Endpoints that belong together.
#[derive(Debug)]
pub(crate) struct Area {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) operations: Vec<Operation>,
}
