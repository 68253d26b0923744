//! A client's logo, as it was when an operator reviewed the client.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The image formats of logos: those that show nothing but an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageType {
    /// `image/png`.
    Png,
    /// `image/jpeg`.
    Jpeg,
    /// `image/webp`.
    Webp,
}

impl ImageType {
    /// The media type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

/// A client's logo: a checked image, small enough for an item and a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// Its format.
    pub image_type: ImageType,
    /// Its bytes, at most [`Logo::LONGEST`], in base64.
    pub content: String,
}

impl Logo {
    /// The longest, in bytes.
    pub const LONGEST: usize = 64 * 1024;
    /// The most pixels of its width and of its height.
    pub const WIDEST: usize = 1_024;

    /// The logo with these bytes, which are an image of this type.
    pub fn new(image_type: ImageType, bytes: &[u8]) -> Self {
        Self { image_type, content: STANDARD.encode(bytes) }
    }

    /// The logo as the source of an image in a page.
    pub fn data_url(&self) -> String {
        format!("data:{};base64,{}", self.image_type.as_str(), self.content)
    }
}
