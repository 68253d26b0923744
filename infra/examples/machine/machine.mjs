// A machine client. It authenticates with a key (private_key_jwt): Driftwood has the public half, and no secret is ever sent.
import { readFileSync } from 'node:fs'
import * as oauth from 'openid-client'

const { ISSUER, CLIENT_ID, KEY = new URL('private-key.json', import.meta.url) } = process.env
// Plain HTTP is for a server on this machine only.
const options = ISSUER.startsWith('http:') ? { execute: [oauth.allowInsecureRequests] } : {}

const jwk = JSON.parse(readFileSync(KEY, 'utf8'))
const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const proof = oauth.PrivateKeyJwt({ key, kid: jwk.kid })
const driftwood = await oauth.discovery(new URL(ISSUER), CLIENT_ID, undefined, proof, options)
const tokens = await oauth.clientCredentialsGrant(driftwood, { scope: 'contact_read' })

const url = new URL('/api/contacts-list', ISSUER)
const headers = new Headers({ 'content-type': 'application/json' })
const answer = await oauth.fetchProtectedResource(driftwood, tokens.access_token, url, 'POST', '{"limit": 10}', headers)
const { result } = await answer.json()
console.log(`The machine's account has ${result.contacts.length} contacts.`)
