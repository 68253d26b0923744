//! The crate `oauth2`: code with PKCE, refresh, `client_credentials`, the device grant, introspection and revocation.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use oauth2::basic::{BasicClient, BasicTokenType};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    DeviceCodeErrorResponseType, IntrospectionUrl, PkceCodeChallenge, RedirectUrl, RequestTokenError, RevocationUrl,
    Scope, StandardDeviceAuthorizationResponse, StandardRevocableToken, TokenIntrospectionResponse, TokenResponse,
    TokenUrl,
};

use crate::harness::{DeviceCodes, TestServer, behind_tls, http};

#[tokio::test]
async fn a_code_a_refresh_and_a_clients_own_token_work_with_either_authentication() {
    let driftwood = TestServer::start().await;
    let app = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    for authentication in [AuthType::BasicAuth, AuthType::RequestBody] {
        let at = |path: &str| format!("{}{path}", driftwood.server.url);
        let client = BasicClient::new(ClientId::new(app.app.client_id.clone()))
            .set_client_secret(ClientSecret::new(app.app.client_secret.clone()))
            .set_auth_uri(AuthUrl::new(at("/oauth2/authorize")).unwrap())
            .set_token_uri(TokenUrl::new(at("/oauth2/token")).unwrap())
            .set_redirect_uri(RedirectUrl::new(app.redirect_uri.clone()).unwrap())
            .set_auth_type(authentication);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scope = Scope::new("contact_read".to_owned());
        let (url, _) =
            client.authorize_url(CsrfToken::new_random).add_scope(scope.clone()).set_pkce_challenge(challenge).url();
        let reply = visitor.follow(visitor.get(&url.as_str()[driftwood.server.url.len()..]).await).await;
        let reply = if reply.status == 200 { visitor.allow(&reply).await } else { reply };
        let code = AuthorizationCode::new(app.answer(&reply).code().to_owned());
        let tokens = client.exchange_code(code).set_pkce_verifier(verifier).request_async(&http).await.unwrap();
        assert!(driftwood.is_alive(tokens.access_token().secret()).await);
        let refreshed =
            client.exchange_refresh_token(tokens.refresh_token().unwrap()).request_async(&http).await.unwrap();
        assert!(driftwood.is_alive(refreshed.access_token().secret()).await);
        let own = client.exchange_client_credentials().add_scope(scope).request_async(&http).await.unwrap();
        assert!(driftwood.is_alive(own.access_token().secret()).await && own.refresh_token().is_none());
    }
}

#[tokio::test]
async fn a_device_polls_at_the_given_interval_until_its_user_decides() {
    let driftwood = TestServer::start().await;
    let app = driftwood.television().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let at = |path: &str| format!("{}{path}", driftwood.server.url);
    let client = BasicClient::new(ClientId::new(app.app.client_id.clone()))
        .set_auth_type(AuthType::RequestBody)
        .set_device_authorization_url(DeviceAuthorizationUrl::new(at("/oauth2/device_authorization")).unwrap())
        .set_token_uri(TokenUrl::new(at("/oauth2/token")).unwrap());
    for decision in ["allow", "deny"] {
        let details: StandardDeviceAuthorizationResponse = client
            .exchange_device_code()
            .add_scope(Scope::new("contact_read".to_owned()))
            .request_async(&http)
            .await
            .unwrap();
        assert_eq!((details.interval(), details.expires_in()), (Duration::from_secs(5), Duration::from_secs(900)));
        assert_eq!(details.verification_uri().as_str(), at("/device"));
        let polls = AtomicUsize::new(0);
        let wait = async |interval: Duration| {
            driftwood.advance(interval.as_secs());
            if polls.fetch_add(1, Ordering::SeqCst) == 2 {
                let consent = visitor.type_code(details.user_code().secret()).await;
                visitor.submit(&consent, &[("decision", decision)]).await;
            }
        };
        let outcome = client.exchange_device_access_token(&details).request_async(&http, wait, None).await;
        assert_eq!(polls.load(Ordering::SeqCst), 3, "it waited for the user, and polled at the interval");
        match (decision, outcome) {
            ("allow", Ok(tokens)) => {
                assert!(driftwood.is_alive(tokens.access_token().secret()).await);
                assert!(tokens.refresh_token().is_some());
                let codes = DeviceCodes {
                    device_code: details.device_code().secret().clone(),
                    user_code: details.user_code().secret().clone(),
                };
                app.poll(&driftwood, &codes).await.refused_oauth(400, "invalid_grant");
            }
            ("deny", Err(RequestTokenError::ServerResponse(error))) => {
                assert_eq!(*error.error(), DeviceCodeErrorResponseType::AccessDenied);
            }
            (_, outcome) => panic!("{decision}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn a_token_can_be_introspected_and_revoked() {
    let driftwood = TestServer::start().await;
    let app = driftwood.web_app().await;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let at = |path: &str| format!("{}{path}", driftwood.server.url);
    let revocation = at("/oauth2/revoke").replacen("http://", "https://", 1);
    for authentication in [AuthType::BasicAuth, AuthType::RequestBody] {
        let client = BasicClient::new(ClientId::new(app.app.client_id.clone()))
            .set_client_secret(ClientSecret::new(app.app.client_secret.clone()))
            .set_introspection_url(IntrospectionUrl::new(at("/oauth2/introspect")).unwrap())
            .set_revocation_url(RevocationUrl::new(revocation.clone()).unwrap())
            .set_token_uri(TokenUrl::new(at("/oauth2/token")).unwrap())
            .set_redirect_uri(RedirectUrl::new(app.redirect_uri.clone()).unwrap())
            .set_auth_type(authentication);
        let code = visitor.approve(&app, &[("code_challenge", ""), ("code_challenge_method", "")]).await;
        let code = AuthorizationCode::new(code.code().to_owned());
        let tokens = client.exchange_code(code).request_async(&http).await.unwrap();
        let response = client
            .introspect(tokens.access_token())
            .set_token_type_hint("access_token")
            .request_async(&http)
            .await
            .unwrap();
        assert!(response.active());
        assert_eq!(response.client_id().unwrap().as_str(), app.app.client_id);
        assert_eq!(response.token_type(), Some(&BasicTokenType::Bearer));
        assert_eq!(response.scopes(), tokens.scopes());
        assert_eq!(response.exp().unwrap().timestamp() - driftwood.clock.now().as_seconds(), 7_200);
        assert_eq!((response.iss(), response.aud().unwrap().len()), (Some(driftwood.server.url.as_str()), 1));
        let refresh_token = StandardRevocableToken::RefreshToken(tokens.refresh_token().unwrap().clone());
        client.revoke_token(refresh_token).unwrap().request_async(&behind_tls).await.unwrap();
        assert!(!client.introspect(tokens.access_token()).request_async(&http).await.unwrap().active());
        let again = StandardRevocableToken::AccessToken(tokens.access_token().clone());
        client.revoke_token(again).unwrap().request_async(&behind_tls).await.unwrap();
        assert!(!driftwood.is_alive(tokens.access_token().secret()).await);
    }
}
