//! The crate `oauth2`: code with PKCE, refresh, `client_credentials`.

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope,
    TokenResponse, TokenUrl,
};

use crate::harness::{Driftwood, http};

#[tokio::test]
async fn a_code_a_refresh_and_a_clients_own_token_work_with_either_authentication() {
    let driftwood = Driftwood::start().await;
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
