//! Paths that more than one module uses; the routes themselves are defined in `template.yaml`.

/// The token endpoint.
pub const TOKEN: &str = "/oauth2/token";
/// The token endpoint with `grant_type=refresh_token` implied.
pub const TOKEN_REFRESH: &str = "/api/v1/auth/refresh";
/// The authorization endpoint.
pub const AUTHORIZE: &str = "/oauth2/authorize";
/// Where a pending authorization continues.
pub const AUTHORIZE_CONTINUE: &str = "/oauth2/authorize/continue";
/// Where an authorization that has expired starts again.
pub const AUTHORIZE_AGAIN: &str = "/oauth2/authorize/again";
/// The sign-in page.
pub const SIGN_IN: &str = "/oauth2/authorize/sign-in";
/// The registration page.
pub const REGISTER: &str = "/oauth2/authorize/register";
/// Where a user is redirected to the upstream provider to sign in.
pub const UPSTREAM_START: &str = "/oauth2/authorize/upstream";
/// The redirect URI that the upstream provider returns to.
pub const UPSTREAM_CALLBACK: &str = "/oauth2/callback";
/// The consent page.
pub const CONSENT: &str = "/oauth2/authorize/consent";
/// Userinfo (OpenID Connect Core §5.3).
pub const USERINFO: &str = "/oauth2/userinfo";
/// RP-initiated logout.
pub const LOGOUT: &str = "/oauth2/logout";
/// Dynamic client registration (RFC 7591), and below it each client's configuration endpoint (RFC 7592).
pub const CLIENT_REGISTRATION: &str = "/oauth2/register";
/// Dynamic client registration, where a client is public unless it says otherwise.
pub const CLIENT_REGISTRATION_V1: &str = "/api/v1/auth/register";
/// Revocation (RFC 7009).
pub const REVOKE: &str = "/oauth2/revoke";
/// Introspection (RFC 7662).
pub const INTROSPECT: &str = "/oauth2/introspect";
/// The device authorization endpoint (RFC 8628 §3.1).
pub const DEVICE_AUTHORIZATION: &str = "/oauth2/device_authorization";
/// The verification page, where the user enters the user code.
pub const DEVICE: &str = "/device";
/// Pushed authorization requests (RFC 9126).
pub const PUSHED_AUTHORIZATION: &str = "/oauth2/par";
/// The account page.
pub const ACCOUNT: &str = "/account";
/// Where a user who forgot their password requests a reset link.
pub const FORGOT_PASSWORD: &str = "/account/forgot-password";
/// The page of a mailed link that lets a user choose a new password.
pub const RESET_PASSWORD: &str = "/account/reset-password";
/// The page of a mailed link that verifies a user's e-mail address.
pub const VERIFY_EMAIL: &str = "/account/verify-email";
/// The page of a mailed link that confirms a user's new e-mail address.
pub const CONFIRM_EMAIL: &str = "/account/confirm-email";
/// The page of a mailed link by which a user says that they did not change their account.
pub const NOT_ME: &str = "/account/not-me";
/// The page on which a user undoes the deletion of their account.
pub const RESTORE_ACCOUNT: &str = "/account/restore";
/// Where a user changes their password.
pub const CHANGE_PASSWORD: &str = "/account/change-password";
/// Where password managers look for the page to change a password (A Well-Known URL for Changing Passwords).
pub const CHANGE_PASSWORD_WELL_KNOWN: &str = "/.well-known/change-password";
/// Where a user changes their e-mail address.
pub const CHANGE_EMAIL: &str = "/account/change-email";
/// Where a user changes their name and language.
pub const PROFILE: &str = "/account/profile";
/// Where a user renames or revokes a user key.
pub const USER_KEY: &str = "/account/key";
/// The apps that a user created.
pub const OWN_APPS: &str = "/account/apps";
/// Where a user deletes their account.
pub const DELETE_ACCOUNT: &str = "/account/delete";
/// Where a user exports all data that is stored about them.
pub const EXPORT_ACCOUNT: &str = "/account/export";
/// The page that explains the codes of OAuth errors, a section each.
pub const ERRORS: &str = "/docs/errors";
/// The JWKS.
pub const JWKS: &str = "/.well-known/jwks.json";
/// The apps of an account, in the management API, and below it each app.
pub const APPS: &str = "/api/v1/apps";
/// Authorization server metadata (RFC 8414 §3).
pub const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
/// OpenID Provider metadata (OpenID Connect Discovery §4).
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// Who the issuer is for users of this host (OpenID Connect Discovery §2, RFC 7033).
pub const WEBFINGER: &str = "/.well-known/webfinger";
/// Protected resource metadata (RFC 9728 §3).
pub const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";
