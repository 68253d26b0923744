//! Signing in by another provider.

mod newcomers;
