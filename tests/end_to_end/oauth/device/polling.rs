//! The grant: a device that waits for its user

use futures_util::future::join_all;

use super::{DEVICE, access_token, signed_up, with_television};
use crate::harness::{DEVICE_GRANT, DeviceCodes, TestServer};

#[tokio::test]
async fn a_device_that_polls_too_often_waits_longer_from_then_on() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let poll = async |code: &str| {
        client.poll(&driftwood, &codes).await.refused_oauth(400, code);
    };
    poll("authorization_pending").await;
    driftwood.advance(4);
    poll("slow_down").await;
    driftwood.advance(9);
    poll("slow_down").await;
    driftwood.advance(14);
    poll("slow_down").await;
    for _ in 0..2 {
        driftwood.advance(20);
        poll("authorization_pending").await;
    }
    driftwood.advance(19);
    poll("slow_down").await;
    visitor.connect(&codes).await;
    access_token(&client.poll(&driftwood, &codes).await);
}

#[tokio::test]
async fn an_expired_code_gets_no_tokens() {
    let driftwood = TestServer::start().await;
    let client = driftwood.television().await;
    let (waiting, approved, denied) =
        (client.ask(&driftwood).await, client.ask(&driftwood).await, client.ask(&driftwood).await);
    let visitor = signed_up(&driftwood).await;
    driftwood.advance(899);
    client.poll(&driftwood, &waiting).await.refused_oauth(400, "authorization_pending");
    let consent = visitor.type_code(&waiting.user_code).await;
    visitor.connect(&approved).await;
    let page = visitor.type_code(&denied.user_code).await;
    visitor.submit(&page, &[("decision", "deny")]).await;
    driftwood.advance(1);
    for codes in [&waiting, &approved, &denied] {
        client.poll(&driftwood, codes).await.refused_oauth(400, "expired_token");
    }
    let late = visitor.allow(&consent).await;
    late.refused_page(400, "This took too long");
    let again = visitor.get(&late.link_to(DEVICE)).await;
    assert_eq!(again.heading(), "Connect a device");
    let typed = visitor.submit(&again, &[("user_code", &waiting.user_code)]).await;
    assert!(typed.status == 400 && typed.text.contains("used or expired"));
    client.poll(&driftwood, &waiting).await.refused_oauth(400, "expired_token");
    assert_eq!(driftwood.count_items("RefreshTokens").await, 2, "the developer's and the visitor's");
}

#[tokio::test]
async fn a_device_code_works_once() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    visitor.connect(&codes).await;
    let token = access_token(&client.poll(&driftwood, &codes).await);
    for _ in 0..2 {
        client.poll(&driftwood, &codes).await.refused_oauth(400, "invalid_grant");
    }
    driftwood.advance(1_000);
    let late = client.poll(&driftwood, &codes).await;
    late.refused_oauth(400, "invalid_grant");
    assert!(driftwood.is_alive(&token).await);
}

#[tokio::test]
async fn of_32_polls_at_once_exactly_one_gets_tokens() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    visitor.connect(&codes).await;
    let before = driftwood.count_items("RefreshTokens").await;
    let replies = join_all((0..32).map(|_| client.poll(&driftwood, &codes))).await;
    let (good, bad): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 200);
    assert_eq!(good.len(), 1);
    for reply in bad {
        reply.refused_oauth(400, "invalid_grant");
    }
    assert!(driftwood.is_alive(&access_token(&good[0])).await);
    assert_eq!(driftwood.count_items("RefreshTokens").await, before + 1);
}

#[tokio::test]
async fn a_code_is_refused_for_another_client_and_stays_valid_for_its_own() {
    let driftwood = TestServer::start().await;
    let (client, visitor, codes) = with_television(&driftwood).await;
    let other = driftwood.television().await;
    other.poll(&driftwood, &codes).await.refused_oauth(400, "invalid_grant");
    client.poll(&driftwood, &codes).await.refused_oauth(400, "authorization_pending");
    visitor.connect(&codes).await;
    other.poll(&driftwood, &codes).await.refused_oauth(400, "invalid_grant");
    let guess = format!("{}AAAA", &codes.device_code[..codes.device_code.len() - 4]);
    let foreign = DeviceCodes { device_code: other.ask(&driftwood).await.device_code, ..codes.clone() };
    client.poll(&driftwood, &foreign).await.refused_oauth(400, "invalid_grant");
    for code in ["x", "dw_dc_", "dw_dc_AAAA", &codes.user_code, &guess, &codes.device_code.replace("dw_dc_", "dw_ac_")]
    {
        let guessed = DeviceCodes { device_code: code.to_owned(), ..codes.clone() };
        client.poll(&driftwood, &guessed).await.refused_oauth(400, "invalid_grant");
    }
    let missing = client.token(&driftwood, &[("grant_type", DEVICE_GRANT)]).await;
    missing.refused_oauth(400, "invalid_request");
    let form =
        format!("grant_type={DEVICE_GRANT}&client_id={}&device_code={}", client.app.client_id, codes.device_code);
    driftwood.token_form(&[], &format!("{form}&device_code=x")).await.refused_oauth(400, "invalid_request");
    driftwood.token_form(&[], &format!("{form}&client_secret=x")).await.refused_oauth(401, "invalid_client");
    access_token(&client.poll(&driftwood, &codes).await);
}
