//! Apps, tokens and metadata.

mod apps;
mod metadata;
mod token;
