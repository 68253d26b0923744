//! The fold “For developers” of an error page: what was received for every user, what is registered for the app's own account.

use serde_json::json;

use crate::harness::{Alice, Client, PASSWORD, Reply, TestServer, Visitor};

const REGISTERED: &str = "https://album.example/cb";
const RECEIVED: &str = "https://album.example/cb/";

/// A browser in which this user is signed in.
async fn browser<'d>(driftwood: &'d TestServer, user: &Alice) -> Visitor<'d> {
    let browser = driftwood.visitor();
    browser.sign_in(&browser.get("/oauth2/authorize/sign-in").await, &user.email, PASSWORD).await;
    browser
}

/// What the fold of an error page says.
#[track_caller]
fn fold(page: &Reply) -> String {
    assert_eq!((page.status, page.header("location")), (400, ""), "{}", page.text);
    let (_, fold) = page.text.split_once("<summary>For developers</summary>").expect("a fold");
    fold.split("</details>").next().unwrap().to_owned()
}

async fn wrong_uri(visitor: &Visitor<'_>, client: &Client) -> String {
    fold(&visitor.get(&client.authorize_path(&[("redirect_uri", RECEIVED)])).await)
}

#[tokio::test]
async fn the_apps_own_account_reads_what_is_registered_and_how_it_differs() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let owner = browser(&driftwood, &client.developer).await;
    let fold = wrong_uri(&owner, &client).await;
    for part in [RECEIVED, "what was received differs by a trailing slash", REGISTERED, "/docs/errors#invalid_request"]
    {
        assert!(fold.contains(part), "{part}: {fold}");
    }
    let missing = fold_of_several(&driftwood, &client.developer).await;
    assert!(missing.contains("redirect_uri is missing") && missing.contains("https://b.example/cb"), "{missing}");
}

/// The fold of a request without a redirect URI, for an app that registered two.
async fn fold_of_several(driftwood: &TestServer, owner: &Alice) -> String {
    let settings = json!({"name": "Two", "redirect_uris": ["https://a.example/cb", "https://b.example/cb"]});
    let two = driftwood.client_of(owner, settings).await;
    fold(&browser(driftwood, owner).await.get(&two.authorize_path(&[("redirect_uri", "")])).await)
}

#[tokio::test]
async fn no_other_user_reads_what_is_registered() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let other = browser(&driftwood, &driftwood.alice().await).await;
    for visitor in [driftwood.visitor(), other] {
        let page = visitor.get(&client.authorize_path(&[("redirect_uri", RECEIVED)])).await;
        let fold = fold(&page);
        assert!(fold.contains(RECEIVED) && fold.contains("Sign in to the account that owns the app"), "{fold}");
        let text = page.text.replace(RECEIVED, "");
        assert!(!text.contains(REGISTERED) && !text.contains("trailing slash"), "{text}");
    }
    // A session that ended is none.
    let owner = browser(&driftwood, &client.developer).await;
    driftwood.advance(400 * 86_400);
    assert!(!wrong_uri(&owner, &client).await.contains("trailing slash"));
}

#[tokio::test]
async fn a_sign_out_says_the_same_about_the_address_to_return_to() {
    let driftwood = TestServer::start().await;
    let settings = json!({"name": "Album", "redirect_uris": [REGISTERED], "post_logout_redirect_uris": ["https://album.example/bye"]});
    let client = driftwood.client(settings).await;
    let query =
        [("client_id", client.app.client_id.as_str()), ("post_logout_redirect_uri", "https://album.example/bye/")];
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let path = format!("/oauth2/logout?{query}");
    let own = fold(&browser(&driftwood, &client.developer).await.get(&path).await);
    assert!(own.contains("<code>https://album.example/bye</code>") && own.contains("by a trailing slash"), "{own}");
    let other = browser(&driftwood, &driftwood.alice().await).await;
    for visitor in [driftwood.visitor(), other] {
        let fold = fold(&visitor.get(&path).await);
        assert!(fold.contains("https://album.example/bye/") && !fold.contains("trailing slash"), "{fold}");
    }
    let unknown = fold(&driftwood.visitor().get("/oauth2/logout?post_logout_redirect_uri=https://a.example").await);
    assert!(unknown.contains("No app that works was named"), "{unknown}");
}

#[tokio::test]
async fn an_unowned_clients_redirect_uris_are_not_shown() {
    let driftwood = TestServer::start().await;
    let client = crate::registration::public_client(&driftwood).await.client;
    let visitor = driftwood.visitor();
    visitor.signed_up().await;
    let page = visitor.get(&client.authorize_path(&[("redirect_uri", "https://album.example/other")])).await;
    let fold = fold(&page);
    assert!(!fold.contains("Registered") && !fold.contains("Sign in to the account"), "{fold}");
}

#[tokio::test]
async fn what_was_received_is_text_and_bounded() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let hostile = format!("https://album.example/<script>alert(1)</script>\"{}", "x".repeat(3_000));
    let page = driftwood.visitor().get(&client.authorize_path(&[("redirect_uri", &hostile)])).await;
    let fold = fold(&page);
    assert!(!fold.contains("<script>") && fold.contains("&lt;script&gt;") && fold.len() < 1_500, "{fold}");
}

#[tokio::test]
async fn an_app_that_does_not_work_is_explained_to_its_own_account_only() {
    let driftwood = TestServer::start().await;
    let client = driftwood.spa().await;
    let id = json!({"id": client.app.id});
    driftwood.post_as(&client.developer.access_token, "oauth-apps-revoke", id).await.result();
    let owner = browser(&driftwood, &client.developer).await;
    let own = fold(&owner.get(&client.authorize_path(&[])).await);
    assert!(own.contains("Your app with this client_id was deleted") && own.contains(&client.app.client_id), "{own}");
    let stranger = fold(&driftwood.visitor().get(&client.authorize_path(&[])).await);
    assert!(stranger.contains("No app that works has this client_id"), "{stranger}");
    let unknown =
        Client { app: crate::harness::Program { client_id: "dw_ci_x".to_owned(), ..client.app.clone() }, ..client };
    let unknown = fold(&driftwood.visitor().get(&unknown.authorize_path(&[])).await);
    assert!(unknown.contains("No app that works has this client_id"), "{unknown}");
    let missing = fold(&driftwood.visitor().get("/oauth2/authorize?response_type=code").await);
    assert!(missing.contains("client_id is missing"), "{missing}");
}

#[tokio::test]
async fn an_error_that_may_not_be_returned_is_explained_on_the_page() {
    let driftwood = TestServer::start().await;
    let client = crate::registration::public_client(&driftwood).await.client;
    let page = driftwood.visitor().get(&client.authorize_path(&[("scope", "contact_raed")])).await;
    let fold = fold(&page);
    assert!(fold.contains("There is no scope named contact_raed"), "{fold}");
    assert!(fold.contains("/docs/errors#invalid_scope"), "{fold}");
}
