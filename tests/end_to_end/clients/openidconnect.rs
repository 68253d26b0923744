//! The crate `openidconnect`: discovery, code with PKCE, ID token, userinfo, refresh.

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    RedirectUrl, Scope, TokenResponse,
};

use crate::harness::{Driftwood, http};

#[tokio::test]
async fn the_whole_flow_runs_from_the_issuer_alone() {
    let driftwood = Driftwood::start().await;
    for app in [driftwood.web_app().await, driftwood.spa().await] {
        let issuer = IssuerUrl::new(driftwood.server.url.clone()).unwrap();
        let metadata = CoreProviderMetadata::discover_async(issuer, &http).await.unwrap();
        let secret = Some(app.app.client_secret.clone()).filter(|secret| !secret.is_empty()).map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new(app.app.client_id.clone()), secret)
            .set_redirect_uri(RedirectUrl::new(app.redirect_uri.clone()).unwrap());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();

        let visitor = driftwood.visitor();
        let email = visitor.signed_up().await;
        let page = visitor.follow(visitor.get(&url.as_str()[driftwood.server.url.len()..]).await).await;
        let answer = app.answer(&visitor.allow(&page).await);
        assert_eq!(&answer.0["state"], state.secret());

        let code = AuthorizationCode::new(answer.code().to_owned());
        let tokens =
            client.exchange_code(code).unwrap().set_pkce_verifier(verifier).request_async(&http).await.unwrap();
        let claims = tokens.id_token().unwrap().claims(&client.id_token_verifier(), &nonce).unwrap();
        assert_eq!(claims.email().unwrap().as_str(), email);
        assert_eq!(tokens.expires_in().unwrap().as_secs(), 7_200);

        let subject = claims.subject().clone();
        let person: CoreUserInfoClaims =
            client.user_info(tokens.access_token().clone(), Some(subject)).unwrap().request_async(&http).await.unwrap();
        assert_eq!(person.email().unwrap().as_str(), email);

        let refresh_token = tokens.refresh_token().unwrap().clone();
        let refreshed = client.exchange_refresh_token(&refresh_token).unwrap().request_async(&http).await.unwrap();
        assert_ne!(refreshed.refresh_token().unwrap().secret(), refresh_token.secret());
    }
}
