//! Endpoints for one app, in the management API.

use shared::http::error::api::ApiCode;

use crate::model::{Caller, Operation, Place, field, string};

/// An endpoint for one app.
pub(super) fn managed(operation: Operation, scope: &'static str) -> Operation {
    operation
        .by(Caller::Scope(scope))
        .parameter(Place::Path, field("appId", string()).about("The app's id"))
        .refuses([ApiCode::NotFound])
}
