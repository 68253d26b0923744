// Creates a key pair if there is none, and prints the public half as a JWK Set. The private half stays in a file that only
// its owner can read.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const file = process.env.KEY ?? new URL('private-key.json', import.meta.url)
const ES256 = { name: 'ECDSA', namedCurve: 'P-256' }

if (!existsSync(file)) {
  const { privateKey } = await crypto.subtle.generateKey(ES256, true, ['sign', 'verify'])
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', privateKey)
  writeFileSync(file, JSON.stringify({ kty, crv, x, y, d, kid: crypto.randomUUID() }), { mode: 0o600 })
}
const { d, ...publicKey } = JSON.parse(readFileSync(file, 'utf8'))
console.log(JSON.stringify({ keys: [publicKey] }))
