// A command-line program that knows its person by their Driftwood account. They sign in with a browser on any device.
// What it keeps is in a file that only they can read: its client id and a refresh token.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import * as oauth from 'openid-client'

const { ISSUER, CLIENT_ID, FILE = join(homedir(), '.driftwood-example.json') } = process.env
const scope = 'openid profile contact_read'
// Plain HTTP is for a server on this machine only.
const options = ISSUER.startsWith('http:') ? { execute: [oauth.allowInsecureRequests] } : {}
const discover = clientId => oauth.discovery(new URL(ISSUER), clientId, undefined, oauth.None(), options)

async function signIn() {
  // Without a client id, the program introduces itself and gets one.
  const grant_types = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token']
  const introduction = { client_name: 'Example program', grant_types, token_endpoint_auth_method: 'none', scope }
  const driftwood = CLIENT_ID
    ? await discover(CLIENT_ID)
    : await oauth.dynamicClientRegistration(new URL(ISSUER), introduction, oauth.None(), options)

  const device = await oauth.initiateDeviceAuthorization(driftwood, { scope })
  console.log(`Open ${device.verification_uri} in a browser, and type the code ${device.user_code}`)
  const tokens = await oauth.pollDeviceAuthorizationGrant(driftwood, device)
  return { driftwood, tokens }
}

/** Goes on where an earlier run stopped, unless the person disconnected the program meanwhile, or Driftwood forgot it. */
async function resume({ client_id, refresh_token }) {
  const driftwood = await discover(client_id)
  try {
    const tokens = await oauth.refreshTokenGrant(driftwood, refresh_token)
    return { driftwood, tokens }
  } catch (error) {
    if (error.error !== 'invalid_grant' && error.error !== 'invalid_client') throw error
  }
}

/** Ends the tokens at Driftwood too. */
async function signOut({ client_id, refresh_token }) {
  const driftwood = await discover(client_id)
  await oauth.tokenRevocation(driftwood, refresh_token)
}

async function hello({ driftwood, tokens }) {
  const userinfo = await oauth.fetchUserInfo(driftwood, tokens.access_token, tokens.claims().sub)
  const url = new URL('/api/contacts-list', ISSUER)
  const headers = new Headers({ 'content-type': 'application/json' })
  const answer = await oauth.fetchProtectedResource(driftwood, tokens.access_token, url, 'POST', '{"limit": 10}', headers)
  const { result } = await answer.json()
  console.log(`Hello, ${userinfo.name}. Your account has ${result.contacts.length} contacts.`)
}

/** What is kept, if it is of this Driftwood. */
async function recall() {
  const kept = await readFile(FILE, 'utf8').then(JSON.parse, () => undefined)
  return kept?.issuer === ISSUER ? kept : undefined
}

async function keep({ driftwood, tokens }) {
  const kept = { issuer: ISSUER, client_id: driftwood.clientMetadata().client_id, refresh_token: tokens.refresh_token }
  await writeFile(FILE, JSON.stringify(kept), { mode: 0o600 })
}

const kept = await recall()
try {
  if (process.argv[2] === 'sign-out') {
    if (kept) await signOut(kept)
    await rm(FILE, { force: true })
    console.log('You are signed out.')
  } else {
    const session = (kept && (await resume(kept))) ?? (await signIn())
    await keep(session)
    await hello(session)
  }
} catch (error) {
  console.error(`You are not signed in (${error.error ?? error.message}).`)
  process.exitCode = 1
}
