//! The crate `openidconnect`: discovery, registration, code with PKCE, ID token, userinfo, refresh.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreClientRegistrationRequest, CoreGrantType,
    CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::registration::EmptyAdditionalClientMetadata;
use openidconnect::{
    AuthorizationCode, ClientId, ClientName, ClientSecret, CsrfToken, IssuerUrl, LocalizedClaim, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};

use crate::harness::{TestServer, http};

#[tokio::test]
async fn the_whole_flow_needs_only_the_issuer() {
    let driftwood = TestServer::start().await;
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
        let user: CoreUserInfoClaims =
            client.user_info(tokens.access_token().clone(), Some(subject)).unwrap().request_async(&http).await.unwrap();
        assert_eq!(user.email().unwrap().as_str(), email);

        let refresh_token = tokens.refresh_token().unwrap().clone();
        let refreshed = client.exchange_refresh_token(&refresh_token).unwrap().request_async(&http).await.unwrap();
        assert_ne!(refreshed.refresh_token().unwrap().secret(), refresh_token.secret());
    }
}

#[tokio::test]
async fn an_unknown_client_registers_and_signs_a_user_in() {
    let driftwood = TestServer::start().await;
    for method in [CoreClientAuthMethod::ClientSecretBasic, CoreClientAuthMethod::None] {
        let issuer = IssuerUrl::new(driftwood.server.url.clone()).unwrap();
        let metadata = CoreProviderMetadata::discover_async(issuer, &http).await.unwrap();
        let redirect = RedirectUrl::new("https://new.example/cb".to_owned()).unwrap();
        let name = LocalizedClaim::from(ClientName::new("NewUser".to_owned()));
        let grants = vec![CoreGrantType::AuthorizationCode, CoreGrantType::RefreshToken];
        let registered =
            CoreClientRegistrationRequest::new(vec![redirect.clone()], EmptyAdditionalClientMetadata::default())
                .set_client_name(Some(name))
                .set_grant_types(Some(grants))
                .set_token_endpoint_auth_method(Some(method.clone()))
                .register_async(metadata.registration_endpoint().unwrap(), &http)
                .await
                .unwrap();
        assert_eq!(registered.client_secret().is_some(), method == CoreClientAuthMethod::ClientSecretBasic);
        assert!(registered.registration_access_token().is_some() && registered.registration_client_uri().is_some());
        let (id, secret) = (registered.client_id().clone(), registered.client_secret().cloned());
        let client = CoreClient::from_provider_metadata(metadata, id, secret).set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();

        let visitor = driftwood.visitor();
        let email = visitor.signed_up().await;
        let page = visitor.follow(visitor.get(&url.as_str()[driftwood.server.url.len()..]).await).await;
        assert!(page.shows("NewUser") && page.shows("This app is not verified."));
        let back = visitor.allow(&page).await;
        let query = back.leaves_to();
        let query = query.strip_prefix("https://new.example/cb?").expect("back at the client");
        let answer: std::collections::BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(&answer["state"], state.secret());

        let code = AuthorizationCode::new(answer["code"].clone());
        let tokens =
            client.exchange_code(code).unwrap().set_pkce_verifier(verifier).request_async(&http).await.unwrap();
        let claims = tokens.id_token().unwrap().claims(&client.id_token_verifier(), &nonce).unwrap();
        assert_eq!(claims.email().unwrap().as_str(), email);
        let refreshed = client.exchange_refresh_token(tokens.refresh_token().unwrap()).unwrap();
        assert!(refreshed.request_async(&http).await.unwrap().id_token().is_some());
    }
}
