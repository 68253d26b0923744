//! Paths that more than one place names; the routes themselves stand in `template.yaml`.

/// The token endpoint.
pub const TOKEN: &str = "/oauth2/token";
/// The token endpoint with `grant_type=refresh_token` implied.
pub const TOKEN_REFRESH: &str = "/api/v1/auth/refresh";
/// The authorization endpoint.
pub const AUTHORIZE: &str = "/oauth2/authorize";
/// Where an authorization goes on that waits for a user.
pub const AUTHORIZE_CONTINUE: &str = "/oauth2/authorize/continue";
/// The sign-in page.
pub const SIGN_IN: &str = "/oauth2/authorize/sign-in";
/// The registration page.
pub const REGISTER: &str = "/oauth2/authorize/register";
/// Where somebody leaves for another provider, to sign in there.
pub const UPSTREAM_START: &str = "/oauth2/authorize/upstream";
/// Where they come back.
pub const UPSTREAM_CALLBACK: &str = "/oauth2/callback";
/// The consent page.
pub const CONSENT: &str = "/oauth2/authorize/consent";
/// Userinfo (OpenID Connect Core §5.3).
pub const USERINFO: &str = "/oauth2/userinfo";
/// RP-initiated logout.
pub const LOGOUT: &str = "/oauth2/logout";
/// Dynamic client registration (RFC 7591), and behind it each client's own address (RFC 7592).
pub const CLIENT_REGISTRATION: &str = "/oauth2/register";
/// Dynamic client registration, where a client is public unless it says otherwise.
pub const CLIENT_REGISTRATION_V1: &str = "/api/v1/auth/register";
/// Revocation (RFC 7009).
pub const REVOKE: &str = "/oauth2/revoke";
/// Introspection (RFC 7662).
pub const INTROSPECT: &str = "/oauth2/introspect";
/// Where an app on another device begins (RFC 8628 §3.1).
pub const DEVICE_AUTHORIZATION: &str = "/oauth2/device_authorization";
/// Where its user goes.
pub const DEVICE: &str = "/device";
/// Pushed authorization requests (RFC 9126).
pub const PUSHED_AUTHORIZATION: &str = "/oauth2/par";
/// The account page.
pub const ACCOUNT: &str = "/account";
/// Where somebody says that they forgot their password.
pub const FORGOT_PASSWORD: &str = "/account/forgot-password";
/// Where a mailed link leads that lets somebody choose a new password.
pub const RESET_PASSWORD: &str = "/account/reset-password";
/// Where a mailed link leads that shows that an address is somebody's.
pub const VERIFY_EMAIL: &str = "/account/verify-email";
/// Where a mailed link leads that gives somebody another address.
pub const CONFIRM_EMAIL: &str = "/account/confirm-email";
/// Where somebody changes their password.
pub const CHANGE_PASSWORD: &str = "/account/change-password";
/// Where password managers look for that (A Well-Known URL for Changing Passwords).
pub const CHANGE_PASSWORD_WELL_KNOWN: &str = "/.well-known/change-password";
/// Where somebody changes their e-mail address.
pub const CHANGE_EMAIL: &str = "/account/change-email";
/// Where somebody changes their name and language.
pub const PROFILE: &str = "/account/profile";
/// Where somebody names or revokes a user key.
pub const USER_KEY: &str = "/account/key";
/// Where somebody leaves for good.
pub const DELETE_ACCOUNT: &str = "/account/delete";
/// Where somebody gets everything that we hold about them.
pub const EXPORT_ACCOUNT: &str = "/account/export";
/// The JWKS.
pub const JWKS: &str = "/.well-known/jwks.json";
/// The apps of an account, in the management API, and behind it each app's own address.
pub const APPS: &str = "/api/v1/apps";
/// Authorization server metadata (RFC 8414 §3).
pub const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
/// OpenID Provider metadata (OpenID Connect Discovery §4).
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// Protected resource metadata (RFC 9728 §3).
pub const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";
