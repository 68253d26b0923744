//! Input from callers, parsed strictly.

pub mod fields;
pub mod form;
pub mod refusal;
mod strict_json;
