// Plays the flows of a web app and of a device with `openid-client`: node openid-client.mjs ISSUER
// The issuer takes three wrong secrets of a client, and refuses the fourth (ClientLimit=3).
import assert from 'node:assert/strict'
import * as oauth from 'openid-client'
import { callback, patience, user } from './user.mjs'

const [issuer] = process.argv.slice(2)
patience(120)

/** The errors of the token endpoint as they arrive at the library, and what waits for one. */
const arrived = []
const waiting = {}
async function record(url, options) {
  const answer = await fetch(url, options)
  if (String(url) === `${issuer}/oauth2/token`) {
    const { error = 'tokens' } = await answer.clone().json()
    arrived.push(error)
    waiting[error]?.()
  }
  return answer
}
const discover = (app, authentication) =>
  oauth.discovery(new URL(issuer), app.client_id, app.client_secret, authentication, {
    execute: [oauth.allowInsecureRequests],
    [oauth.customFetch]: record
  })

async function call(path, body, token) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(`${issuer}/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const { ok, result, error } = await answer.json()
  assert.ok(ok, JSON.stringify(error))
  return result
}

/** Asserts that the library reports this error of ours, not a mere “unexpected response”. */
const refused = (promise, code) => assert.rejects(promise, error => error.error === code || assert.fail(`${code} was expected: ${error}`))
const scopes = text => text.split(' ').sort().join(' ')

const web = await callback()
const password = 'correct horse battery staple'
const developer = await call('auth-register', { email: `openid-client-${process.pid}@example.com`, password, name: 'Developer' })
const create = async options => {
  const { app, client_secret } = await call('oauth-apps-create', { scopes: ['openid', 'profile', 'email', 'contact_read'], ...options }, developer.access_token)
  return { client_id: app.client_id, client_secret }
}
const webApp = await create({ name: 'Web app', redirect_uris: [web.url] })
const device = await create({
  name: 'Television',
  grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  token_endpoint_auth_method: 'none'
})
const ada = await user('Ada')

/** A sign-in by a code with PKCE, while the user does what `visit` says. */
async function signIn(driftwood, visit, parameters = {}) {
  const [verifier, state, nonce] = [oauth.randomPKCECodeVerifier(), oauth.randomState(), oauth.randomNonce()]
  const request = {
    redirect_uri: web.url,
    scope: 'openid profile contact_read',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters
  }
  const url = await oauth.buildAuthorizationUrlWithPAR(driftwood, request)
  const answer = new URL(`${web.url}?${await web.during(() => visit(url))}`)
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
  return { answer, checks, redeem: () => oauth.authorizationCodeGrant(driftwood, answer, checks) }
}

try {
  const driftwood = await discover(webApp)
  assert.equal(driftwood.serverMetadata().issuer, issuer)

  // The code flow of a confidential client, by a pushed request. The library verifies state, nonce, `iss` and the ID token.
  oauth.enableNonRepudiationChecks(driftwood)
  const { redeem } = await signIn(driftwood, async url => {
    await ada.register(url)
    await ada.allow()
  })
  const tokens = await redeem()
  const { sub, name } = tokens.claims()
  assert.equal(name, 'Ada')
  assert.equal(scopes(tokens.scope), 'contact_read openid profile')
  await refused(redeem(), 'invalid_grant')

  // The second use of the code revoked what it gave, so the user signs in again: consent to a web app with a secret is remembered.
  await refused(oauth.refreshTokenGrant(driftwood, tokens.refresh_token), 'invalid_grant')
  const again = await (await signIn(driftwood, url => ada.pass(url))).redeem()
  assert.equal(again.claims().sub, sub)
  const silent = await (await signIn(driftwood, url => ada.pass(url), { prompt: 'none' })).redeem()
  assert.equal(silent.claims().sub, sub)

  const fresh = await oauth.refreshTokenGrant(driftwood, again.refresh_token)
  assert.notEqual(fresh.refresh_token, again.refresh_token)
  assert.equal(fresh.claims().sub, sub)
  const userinfo = await oauth.fetchUserInfo(driftwood, fresh.access_token, sub)
  assert.deepEqual([userinfo.sub, userinfo.name, userinfo.email], [sub, 'Ada', undefined])

  const live = await oauth.tokenIntrospection(driftwood, fresh.access_token)
  assert.deepEqual([live.active, live.client_id, live.sub], [true, webApp.client_id, sub])
  await oauth.tokenRevocation(driftwood, fresh.refresh_token)
  assert.deepEqual(await oauth.tokenIntrospection(driftwood, fresh.access_token), { active: false })
  await refused(oauth.refreshTokenGrant(driftwood, fresh.refresh_token), 'invalid_grant')
  await assert.rejects(oauth.fetchUserInfo(driftwood, fresh.access_token, sub), error => error.cause?.[0]?.parameters.error === 'invalid_token')
  await oauth.tokenRevocation(driftwood, 'no token of ours')

  // The errors of an authorization request.
  const { redeem: ask } = await signIn(driftwood, url => ada.pass(url), { prompt: 'none', scope: 'openid email' })
  await refused(ask(), 'consent_required')
  await refused(oauth.buildAuthorizationUrlWithPAR(driftwood, { redirect_uri: `${web.url}/`, scope: 'openid' }), 'invalid_request')
  await refused(oauth.clientCredentialsGrant(driftwood), 'unauthorized_client')

  // A device polls too fast at first: it is told to slow down, and gets its tokens nevertheless.
  const television = await discover(device, oauth.None())
  const codes = await oauth.initiateDeviceAuthorization(television, { scope: 'openid profile' })
  arrived.length = 0
  const slowedDown = new Promise(resolve => (waiting.slow_down = resolve))
  const polled = oauth.pollDeviceAuthorizationGrant(television, { ...codes, interval: 1 })
  await Promise.race([slowedDown, polled])
  await ada.type(codes.verification_uri, codes.user_code)
  await ada.allow()
  const shown = await polled
  assert.equal(shown.claims().sub, sub)
  assert.deepEqual([...new Set(arrived)], ['authorization_pending', 'slow_down', 'tokens'])
  await refused(oauth.refreshTokenGrant(television, 'dw_rt_unknown'), 'invalid_grant')
  const denied = await oauth.initiateDeviceAuthorization(television, { scope: 'openid' })
  await ada.type(denied.verification_uri, denied.user_code)
  await ada.deny()
  await refused(oauth.pollDeviceAuthorizationGrant(television, { ...denied, interval: 0 }), 'access_denied')

  // Wrong secrets: a 401 has a challenge if the client sent Basic, and the library reports that. A 429 has none, so its code arrives.
  const wrong = { ...webApp, client_secret: 'wrong' }
  const [basic, post] = [await discover(wrong, oauth.ClientSecretBasic('wrong')), await discover(wrong, oauth.ClientSecretPost('wrong'))]
  await assert.rejects(oauth.refreshTokenGrant(basic, 'dw_rt_x'), error => error.status === 401 && error.cause[0].scheme === 'basic')
  await refused(oauth.refreshTokenGrant(post, 'dw_rt_x'), 'invalid_client')
  await refused(oauth.refreshTokenGrant(post, 'dw_rt_x'), 'invalid_client')
  await refused(oauth.refreshTokenGrant(basic, 'dw_rt_x'), 'temporarily_unavailable')

  console.log(`openid-client signed Ada in at ${issuer} by a code, silently and on a device that polled too fast, refreshed, read userinfo, introspected and revoked`)
} finally {
  await ada.close()
  web.close()
}
