//! People who come by the provider for the first time, and again.

use crate::harness::Bridge;

#[tokio::test]
async fn somebody_new_signs_in_by_the_provider_and_is_back_with_a_code() {
    let bridge = Bridge::start().await;
    let client = bridge.driftwood.spa().await;
    let person = bridge.person();
    let email = person.there.signed_up().await;
    let page = person.page_for(&client, &[]).await;
    assert!(page.text.contains("Continue with Acme"));
    let consent = person.sign_in_there(&page).await;
    assert_eq!(consent.heading(), "Photo Album wants to access your account");
    assert!(consent.shows(&email));
    let answer = client.answer(&person.here.allow(&consent).await);
    let tokens = client.exchange(&bridge.driftwood, answer.code()).await.json();
    assert!(tokens["id_token"].is_string());
}
