// A command-line app that signs its user in with their Driftwood account, in a browser on any device.
// It stores its client id and a refresh token in a file that only its user can read.
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
  // Without a client id, the app registers dynamically and gets one.
  const grant_types = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token']
  const registration = { client_name: 'Example CLI', grant_types, token_endpoint_auth_method: 'none', scope }
  const driftwood = CLIENT_ID
    ? await discover(CLIENT_ID)
    : await oauth.dynamicClientRegistration(new URL(ISSUER), registration, oauth.None(), options)

  const device = await oauth.initiateDeviceAuthorization(driftwood, { scope })
  console.log(`Open ${device.verification_uri} in a browser, and type the code ${device.user_code}`)
  const tokens = await oauth.pollDeviceAuthorizationGrant(driftwood, device)
  return { driftwood, tokens }
}

/** Uses the tokens of an earlier run, unless the user disconnected the app meanwhile, or its registration expired. */
async function resume({ client_id, refresh_token }) {
  const driftwood = await discover(client_id)
  try {
    const tokens = await oauth.refreshTokenGrant(driftwood, refresh_token)
    return { driftwood, tokens }
  } catch (error) {
    if (error.error !== 'invalid_grant' && error.error !== 'invalid_client') throw error
  }
}

/** Revokes the tokens at Driftwood. */
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

/** What is stored, if it is for this issuer. */
async function load() {
  const stored = await readFile(FILE, 'utf8').then(JSON.parse, () => undefined)
  return stored?.issuer === ISSUER ? stored : undefined
}

async function store({ driftwood, tokens }) {
  const stored = { issuer: ISSUER, client_id: driftwood.clientMetadata().client_id, refresh_token: tokens.refresh_token }
  await writeFile(FILE, JSON.stringify(stored), { mode: 0o600 })
}

const stored = await load()
try {
  if (process.argv[2] === 'sign-out') {
    if (stored) await signOut(stored)
    await rm(FILE, { force: true })
    console.log('You are signed out.')
  } else {
    const session = (stored && (await resume(stored))) ?? (await signIn())
    await store(session)
    await hello(session)
  }
} catch (error) {
  console.error(`You are not signed in (${error.error ?? error.message}).`)
  process.exitCode = 1
}
