//! What differs between the services that are called.

/// A service whose requests and responses are JSON.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// Its name in addresses and signatures, such as `dynamodb`.
    pub name: &'static str,
    /// The media type of its requests.
    pub media_type: &'static str,
}
