// Renews a sign-in silently with `oidc-client-ts`, in an iframe: node oidc-client-ts.mjs ISSUER HOST OPERATOR PASSWORD KEY CERTIFICATE
// ISSUER is an https origin, and HOST where it really listens. The app is at a host of the same site, because the cookie of the sign-in is
// SameSite=Lax. Both are served here, with that key and certificate. OPERATOR is the e-mail address of an operator.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request as forward } from 'node:http'
import { createServer } from 'node:https'
import { patience, user } from './user.mjs'

const [issuer, host, operator, password, key, certificate] = process.argv.slice(2)
patience(120)

const home = `https://app.${new URL(issuer).hostname.split('.').slice(1).join('.')}`
const library = readFileSync(new URL('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js', import.meta.url))

/** The single-page app: its page, the page in the iframe, and the library. It never gets a refresh token. */
const page = script => `<!doctype html><title>Photo Album</title><p id="message">Photo Album</p><script src="/library.js"></script><script>
  const manager = new oidc.UserManager({
    authority: ${JSON.stringify(issuer)},
    client_id: ${JSON.stringify(app.client_id)},
    redirect_uri: ${JSON.stringify(`${home}/callback`)},
    silent_redirect_uri: ${JSON.stringify(`${home}/silent`)},
    post_logout_redirect_uri: ${JSON.stringify(`${home}/`)},
    scope: 'openid profile',
    loadUserInfo: true,
    automaticSilentRenew: false
  })
  const say = text => { document.getElementById('message').textContent = text }
  ${script}
</script>`
const pages = {
  '/': () => page(''),
  '/callback': () => page('manager.signinRedirectCallback().then(user => say(`Hello, ${user.profile.name}`), error => say(String(error)))'),
  '/silent': () => page('manager.signinSilentCallback()')
}
const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
  if (`https://${request.headers.host}` === issuer) {
    const { method, url, headers } = request
    const onwards = forward(`${host}${url}`, { method, headers }, answer => {
      response.writeHead(answer.statusCode, answer.rawHeaders)
      answer.pipe(response)
    })
    onwards.on('error', error => response.destroy(error))
    request.pipe(onwards)
  } else if (request.url === '/library.js') {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(library)
  } else {
    const found = pages[new URL(request.url, home).pathname]
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/html' }).end(found?.())
  }
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))

async function call(path, body, token) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(`${host}/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const { ok, result, error } = await answer.json()
  assert.ok(ok, JSON.stringify(error))
  return result
}

/** The operator looks at the app, and says that it was reviewed. */
async function review() {
  const { access_token } = await call('auth-login', { email: operator, password })
  const { client } = await call('oauth-apps-review', { client_id: app.client_id }, access_token)
  assert.equal(client.standing, 'unreviewed')
  const decision = { client_id: app.client_id, standing: 'reviewed', identity: client.identity }
  const reviewed = await call('oauth-apps-review', decision, access_token)
  assert.equal(reviewed.client.standing, 'reviewed')
}

const developer = await call('auth-register', { email: `developer-${process.pid}@example.com`, password, name: 'Developer' })
const { app } = await call('oauth-apps-create', {
  name: 'Photo Album',
  redirect_uris: [`${home}/callback`, `${home}/silent`],
  post_logout_redirect_uris: [`${home}/`],
  scopes: ['openid', 'profile'],
  grant_types: ['authorization_code'],
  token_endpoint_auth_method: 'none'
}, developer.access_token)

const ada = await user('Ada', `--host-resolver-rules=MAP * 127.0.0.1:${server.address().port}`, '--ignore-certificate-errors')
const browser = ada.page
const mistakes = []
browser.on('pageerror', error => mistakes.push(error.message))
/** Where the iframe was. */
let framed = []
browser.on('framenavigated', frame => frame.parentFrame() && framed.push(new URL(frame.url())))

const signIn = async () => {
  await browser.goto(`${home}/`)
  await browser.evaluate(() => void manager.signinRedirect())
}
/** What a silent renewal gives: the new tokens, or the code of the error. The page with the iframe stays where it is. */
async function renew() {
  framed = []
  const before = browser.url()
  const outcome = await browser.evaluate(() => manager.signinSilent().then(
    ({ access_token, refresh_token, profile }) => ({ access_token, refresh_token, sub: profile.sub, name: profile.name }),
    error => ({ error: error.error ?? String(error) })
  ))
  assert.equal(browser.url(), before)
  // No page was shown in the iframe: it came back with the answer at once.
  assert.deepEqual([...new Set(framed.filter(url => url.protocol !== 'about:').map(url => url.origin + url.pathname))], [`${home}/silent`])
  return outcome
}

try {
  // No user is signed in: the library gets the code of the error, not a page or a timeout.
  await browser.goto(`${home}/`)
  assert.deepEqual(await renew(), { error: 'login_required' })

  // Consent to an unreviewed app is not remembered.
  await signIn()
  await ada.register()
  await ada.shows('This app is not verified')
  await ada.allow('Hello, Ada')
  assert.deepEqual(await renew(), { error: 'consent_required' })

  // Consent to the reviewed app is, and its renewals give new tokens of the same user.
  await review()
  await signIn()
  await ada.shows('has reviewed this app')
  await ada.allow('Hello, Ada')
  const first = await browser.evaluate(() => manager.getUser().then(({ access_token, refresh_token, profile }) =>
    ({ access_token, refresh_token, sub: profile.sub, name: profile.name })))
  const second = await renew()
  const third = await renew()
  for (const tokens of [first, second, third]) {
    assert.deepEqual({ ...tokens, access_token: undefined }, { access_token: undefined, refresh_token: undefined, sub: first.sub, name: 'Ada' })
  }
  assert.equal(new Set([first, second, third].map(tokens => tokens.access_token)).size, 3)

  // After a sign-out there is nothing to renew.
  await browser.evaluate(() => void manager.signoutRedirect())
  await browser.waitForURL(url => url.origin === home && url.pathname === '/')
  assert.deepEqual(await renew(), { error: 'login_required' })

  assert.deepEqual(mistakes, [])
  console.log(`oidc-client-ts signed Ada in at ${issuer} and renewed her tokens twice in an iframe, by a remembered consent; without one it got`)
  console.log('consent_required, and login_required before the sign-in and after the sign-out')
} finally {
  await ada.close()
  server.close()
}
