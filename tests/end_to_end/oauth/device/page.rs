//! `GET,POST /device`: where a user types the code

use reqwest::Method;

use super::{DEVICE, access_token, signed_up, with_television};
use crate::harness::TestServer;

#[tokio::test]
async fn a_code_in_the_address_is_filled_in_and_still_needs_a_press() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let page = visitor.get(&format!("{DEVICE}?user_code={}", codes.user_code)).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "Connect a device"));
    let form = page.form();
    assert!(form.text.contains(&format!("value=\"{}\"", codes.user_code)) && form.text.contains("The codes match"));
    client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    let consent = visitor.submit(&page, &[("user_code", &codes.user_code)]).await;
    assert_eq!(consent.heading(), "Big Screen wants to access your account");
    driftwood.advance(5);
    client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    visitor.allow(&consent).await;
    access_token(&client.poll(&driftwood, &codes).await);
    for invalid in ["%22%3E%3Cb%3Ex", "AAAA-AAAA", "%ff", "", "BCDF-GHJK&user_code=BCDF-GHJL"] {
        let page = visitor.get(&format!("{DEVICE}?user_code={invalid}")).await;
        assert!([200, 400].contains(&page.status) && !page.text.contains("<b>x"), "{invalid}");
        assert!(!page.text.contains("The codes match"), "{invalid}");
    }
}

#[tokio::test]
async fn a_code_may_be_typed_as_users_type() {
    let driftwood = TestServer::start().await;
    let (client, visitor) = (driftwood.television().await, signed_up(&driftwood).await);
    for change in [
        |code: &str| code.to_lowercase(),
        |code: &str| code.replace('-', ""),
        |code: &str| code.to_lowercase().replace('-', " "),
        |code: &str| format!("  {}  ", code.replace('-', "\u{2013}")),
    ] {
        let codes = client.ask(&driftwood).await;
        let consent = visitor.type_code(&change(&codes.user_code)).await;
        assert!(consent.shows(&codes.user_code), "{}", consent.text);
    }
}

#[tokio::test]
async fn guessing_is_limited_for_a_while() {
    let driftwood = TestServer::start_with(&[("DeviceLimit", "3")]).await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    for guess in ["BCDF-GHJK", "bcdfghjl", "BCDF-GHJM"] {
        let page = visitor.type_code(guess).await;
        assert_eq!((page.status, page.heading().as_str()), (400, "Connect a device"));
        assert!(page.text.contains("is wrong, used or expired") && page.text.contains("aria-invalid=\"true\""));
    }
    let refused = visitor.type_code(&codes.user_code).await;
    assert_eq!((refused.status, refused.heading().as_str()), (429, "Connect a device"));
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    driftwood.advance(890);
    let codes = client.ask(&driftwood).await;
    driftwood.advance(10);
    visitor.connect(&codes).await;
}

#[tokio::test]
async fn malformed_input_does_not_count_as_a_guess() {
    let driftwood = TestServer::start_with(&[("DeviceLimit", "1")]).await;
    let (_, visitor, codes) = with_television(&driftwood).await;
    let long = "B".repeat(10_000);
    for typed in ["", "BCDF", "BCDF-GHJKL", "AEIO-UAEI", "1234-5678", "<b>x</b>", "ＢCDFGHJK", &long] {
        let page = visitor.type_code(typed).await;
        assert_eq!((page.status, page.heading().as_str()), (400, "Connect a device"), "{typed}");
        assert!(
            page.text.contains("only of these: B C D F G H J K L M N P Q R S T V W X Z.")
                && !page.text.contains("<b>x"),
            "{typed}"
        );
        assert!(page.text.len() < 20_000);
    }
    assert_eq!(visitor.type_code(&codes.user_code).await.heading(), "Big Screen wants to access your account");
}

#[tokio::test]
async fn a_forged_form_does_nothing() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let before = driftwood.count_authorizations().await;
    let typed = [("user_code", codes.user_code.as_str())];
    let page = visitor.get(DEVICE).await;
    let token = page.form().hidden[0].1.clone();
    let others = driftwood.visitor().get(DEVICE).await.form().hidden[0].1.clone();
    visitor.post(DEVICE, &typed).await.refused_page(403, "Please try that again");
    for wrong in ["", "x", &others] {
        let fields = [typed[0], ("form_token", wrong)];
        visitor.post(DEVICE, &fields).await.refused_page(403, "Please try that again");
    }
    let fields = [typed[0], ("form_token", token.as_str())];
    for site in ["cross-site", "same-site", "none"] {
        visitor.post_from(site, DEVICE, &fields).await.refused_page(403, "This form came from another site");
    }
    let headers = [("content-type", "application/json")];
    let json = visitor.send(Method::POST, DEVICE, &headers, "{}".to_owned()).await;
    json.refused_page(415, "That does not work here");
    visitor.post(DEVICE, &[fields[0], fields[0], fields[1]]).await.refused_page(400, "This link does not work");
    assert_eq!(driftwood.count_authorizations().await, before);
    client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    assert_eq!(visitor.post(DEVICE, &fields).await.status, 303);
}

#[tokio::test]
async fn the_page_cannot_be_framed_read_by_other_origins_or_reached_by_other_methods() {
    let driftwood = TestServer::start().await;
    let headers = [("origin", "https://evil.example")];
    let page = driftwood.send(Method::GET, DEVICE, &headers, "").await;
    assert_eq!(page.heading(), "Connect a device");
    assert_eq!(page.header("x-frame-options"), "DENY");
    for path in [DEVICE, "/oauth2/device_authorization"] {
        let options = driftwood.send(Method::OPTIONS, path, &headers, "").await;
        assert_eq!((options.status, options.header("access-control-allow-origin")), (204, ""));
        let put = driftwood.send(Method::PUT, path, &headers, "").await;
        assert_eq!(put.status, 405, "{path}");
    }
    let get = driftwood.get("/oauth2/device_authorization").await;
    get.refused_oauth(405, "invalid_request");
    assert_eq!(get.header("allow"), "POST, OPTIONS");
    let in_json = [("content-type", "application/json")];
    let refused = driftwood.send(Method::POST, "/oauth2/device_authorization", &in_json, "{}").await;
    refused.refused_oauth(415, "invalid_request");
    let long = format!("client_id={}", "x".repeat(70_000));
    driftwood.form("/oauth2/device_authorization", &[], &long).await.refused_oauth(413, "invalid_request");
}
