//! The logo of a client that an operator vouches for: fetched once, and checked.

use imagesize::{ImageSize, ImageType as Found};
use shared::app::App;
use shared::domain::client::logo::{ImageType, Logo};
use shared::http::error::api::{ApiCode, ApiError};
use url::Url;

/// Fetches a logo.
///
/// # Errors
///
/// `409 conflict` with the reason, when it cannot be fetched or is no small image.
pub(crate) async fn fetch(app: &App, uri: &str) -> Result<Logo, ApiError> {
    let refused =
        |reason: &str| ApiError::new(ApiCode::Conflict, format!("The client's logo cannot be used: {reason}"));
    let url = Url::parse(uri).map_err(|_| refused("logo_uri is no URL"))?;
    let image = app.documents.fetch_logo(&url).await.map_err(|error| refused(error.reason()))?;
    read(&image.body).map_err(refused)
}

/// Reads an image. What it is, its bytes say, whatever its server says; its size is bounded because a browser needs memory
/// for all of its pixels.
fn read(bytes: &[u8]) -> Result<Logo, &'static str> {
    let image_type = match imagesize::image_type(bytes) {
        Ok(Found::Png) => ImageType::Png,
        Ok(Found::Jpeg) => ImageType::Jpeg,
        Ok(Found::Webp) => ImageType::Webp,
        _ => return Err("it is neither PNG, JPEG nor WebP"),
    };
    let ImageSize { width, height } = imagesize::blob_size(bytes).map_err(|_| "it is not a whole image")?;
    let is_fit = |side| (1..=Logo::WIDEST).contains(&side);
    if !(is_fit(width) && is_fit(height)) {
        return Err("it has more than 1024 pixels in width or height");
    }
    Ok(Logo::new(image_type, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a PNG of this width and height.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let head =
            [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &width.to_be_bytes(), &height.to_be_bytes(), &[8, 6, 0, 0, 0]];
        head.concat()
    }

    #[test]
    fn a_small_image_is_a_logo_and_what_could_be_anything_else_is_none() {
        assert_eq!(read(&png(1, 1_024)).unwrap().image_type, ImageType::Png);
        assert!(read(&png(1_024, 1)).unwrap().data_url().starts_with("data:image/png;base64,iVBORw0K"));
        for bad in [
            &png(1_025, 1)[..],
            &png(1, 1_025),
            &png(0, 1),
            &png(1, 1)[..20],
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"GIF89a\x01\0\x01\0",
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
