// A web app that signs users in with their Driftwood account. Secret and tokens stay on the server; the browser has a cookie.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import * as oauth from 'openid-client'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT = '8789' } = process.env
const home = `http://127.0.0.1:${PORT}/`

// Plain HTTP is for a server on this machine only.
const options = ISSUER.startsWith('http:') ? { execute: [oauth.allowInsecureRequests] } : {}
const driftwood = await oauth.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, options)

// By the value of the cookie: the checks of a sign-in that is under way, then the tokens. A real app stores this in a database.
const sessions = new Map()

const routes = {
  'GET /': async ({ session }) => (session?.tokens ? page(await welcome(session)) : page(signIn)),

  'POST /sign-in': async () => {
    const id = randomBytes(32).toString('base64url')
    const checks = { verifier: oauth.randomPKCECodeVerifier(), state: oauth.randomState(), nonce: oauth.randomNonce() }
    sessions.set(id, { checks })
    const url = oauth.buildAuthorizationUrl(driftwood, {
      redirect_uri: `${home}callback`,
      scope: 'openid profile contact_read',
      code_challenge: await oauth.calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: 'S256',
      state: checks.state,
      nonce: checks.nonce
    })
    return { ...seeOther(url), cookie: id }
  },

  'GET /callback': async ({ session, url }) => {
    if (!session?.checks) return seeOther(home)
    const { verifier, state, nonce } = session.checks
    session.tokens = await oauth.authorizationCodeGrant(driftwood, url, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true
    })
    session.user = session.tokens.claims()
    delete session.checks
    return seeOther(home)
  },

  'POST /refresh': async ({ session }) => {
    if (session?.tokens) session.tokens = await oauth.refreshTokenGrant(driftwood, session.tokens.refresh_token)
    return seeOther(home)
  },

  'POST /sign-out': async ({ session, id }) => {
    sessions.delete(id)
    if (!session?.tokens) return seeOther(home)
    const parameters = { id_token_hint: session.tokens.id_token, post_logout_redirect_uri: home }
    return seeOther(oauth.buildEndSessionUrl(driftwood, parameters))
  }
}

async function welcome({ tokens, user }) {
  const userinfo = await oauth.fetchUserInfo(driftwood, tokens.access_token, user.sub)
  const url = new URL('/api/contacts-list', ISSUER)
  const headers = new Headers({ 'content-type': 'application/json' })
  const answer = await oauth.fetchProtectedResource(driftwood, tokens.access_token, url, 'POST', '{"limit": 10}', headers)
  const { result } = await answer.json()
  return `<h1>Hello, ${escape(userinfo.name)}</h1>
    <p>Your account has ${result.contacts.length} contacts.</p>
    <p>${button('refresh', 'Refresh the tokens')} ${button('sign-out', 'Sign out')}</p>`
}

const button = (path, label) => `<form method="post" action="/${path}"><button>${label}</button></form>`
const signIn = `<h1>A web app</h1>${button('sign-in', 'Sign in with Driftwood')}`
const escape = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
const page = (body, status = 200) =>
  ({ status, body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>A web app</title>${body}` })
const seeOther = url => ({ status: 303, location: String(url) })

async function answer(request) {
  const url = new URL(request.url, home)
  const id = /(?:^|; )example-web-app=([\w-]+)/.exec(request.headers.cookie)?.[1]
  const route = routes[`${request.method} ${url.pathname}`]
  try {
    return route ? await route({ url, id, session: sessions.get(id) }) : page('<h1>Not found</h1>', 404)
  } catch (error) {
    // The user denied consent, disconnected the app on the account page or signed out elsewhere: begin again.
    sessions.delete(id)
    console.error(error.message, error.error ?? error.cause?.[0]?.parameters?.error ?? '')
    return page(`<p role="alert">You are not signed in (${escape(error.error ?? 'the tokens do not work any more')}).</p>${signIn}`, 400)
  }
}

createServer(async (request, response) => {
  const { status, location, cookie, body } = await answer(request)
  const headers = { 'cache-control': 'no-store', 'content-type': 'text/html' }
  if (location) headers.location = location
  // Behind https, add Secure.
  if (cookie) headers['set-cookie'] = `example-web-app=${cookie}; Path=/; HttpOnly; SameSite=Lax`
  response.writeHead(status, headers).end(body)
}).listen(PORT, '127.0.0.1', () => console.log(`The web app is at ${home}`))
