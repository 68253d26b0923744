// Uses an MCP server as an MCP client does that knows its URL and nothing else: node mcp.mjs ISSUER MCP_URL DOCUMENT_PORT
// The issuer has to fetch the document of docs/guides/client-registration.md from that port.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client'
import { callback, patience, user } from './user.mjs'

const [issuer, mcpUrl, documentPort] = process.argv.slice(2)
patience(120)
// The SDK warns when it drops refused tokens; this check makes it do that.
console.warn = () => {}

const app = await callback()
const ada = await user('Ada')

/** The state of the client. */
const memory = {}
const provider = {
  redirectUrl: app.url,
  clientMetadata: {
    client_name: 'Example MCP client',
    redirect_uris: [app.url],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    scope: 'contact_read'
  },
  state: () => (memory.state = randomUUID()),
  clientInformation: () => memory.client,
  saveClientInformation: client => void (memory.client = client),
  tokens: () => memory.tokens,
  saveTokens: tokens => void (memory.tokens = tokens),
  codeVerifier: () => memory.verifier,
  saveCodeVerifier: verifier => void (memory.verifier = verifier),
  discoveryState: () => memory.discovery,
  saveDiscoveryState: discovery => void (memory.discovery = discovery),
  redirectToAuthorization: url => void (memory.request = url),
  invalidateCredentials: what => void (what === 'tokens' && delete memory.tokens)
}

const page = readFileSync(new URL('../../../docs/guides/client-registration.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json]) => json)
const document = blocks.map(json => JSON.parse(json)).find(({ client_id }) => client_id?.startsWith('https:'))
const documents = createServer((request, response) => {
  const isThere = request.url === new URL(document.client_id).pathname
  response.writeHead(isThere ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(document))
}).listen(documentPort, '127.0.0.1')

let transport
async function connect(mode) {
  transport = new StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider: provider })
  const client = new Client({ name: 'check', version: '1.0.0' }, { versionNegotiation: { mode } })
  await client.connect(transport)
  return client
}

/** Ada answers the request of the client, and the client gets the answer. */
async function authorize(visit) {
  assert.ok(memory.request, 'the client asked for nothing')
  const request = memory.request.searchParams
  delete memory.request
  const answer = await app.during(visit)
  assert.equal(answer.get('state'), memory.state)
  assert.equal(answer.get('iss'), issuer)
  await transport.finishAuth(answer)
  return request
}

const scopes = text => text.split(' ').sort().join(' ')
/** Makes the access token of the client unusable, as after an hour. */
const forgetAccess = () => (memory.tokens = { ...memory.tokens, access_token: 'expired' })

try {
  // The 401 says where to go: it registers there, and asks for the scopes that the server named.
  await assert.rejects(connect('auto'), UnauthorizedError)
  assert.equal(memory.discovery.authorizationServerUrl, issuer)
  assert.equal(memory.discovery.resourceMetadata.resource, mcpUrl)
  assert.ok(memory.client.client_id)
  assert.equal(memory.client.client_secret, undefined)
  const url = memory.request
  const request = await authorize(async () => {
    await ada.register(url)
    await ada.allow()
  })
  assert.equal(request.get('resource'), mcpUrl)
  assert.equal(request.get('code_challenge_method'), 'S256')
  assert.equal(scopes(request.get('scope')), 'contact_read offline_access')
  assert.equal(scopes(memory.tokens.scope), 'contact_read offline_access')

  // Both protocols that clients speak: the sessions of 2025, and a request at a time since 2026-07-28.
  for (const mode of ['legacy', 'auto']) {
    const client = await connect(mode)
    assert.equal(client.getProtocolEra(), mode === 'auto' ? 'modern' : 'legacy')
    const { tools } = await client.listTools()
    assert.deepEqual(tools.map(tool => tool.name).sort(), ['add_contact', 'list_contacts', 'whoami'])
    const { structuredContent: me } = await client.callTool({ name: 'whoami' })
    assert.equal(me.client_id, memory.client.client_id)
    assert.equal(scopes(me.scope), 'contact_read offline_access')
    const { structuredContent: list } = await client.callTool({ name: 'list_contacts' })
    assert.deepEqual(list.contacts.map(contact => contact.name), ['Ada Lovelace'])
    await client.close()
  }

  // A tool that needs more scopes makes the client ask for them, and Ada is asked for consent again.
  let client = await connect('auto')
  const grace = { name: 'add_contact', arguments: { name: 'Grace Hopper', email: 'grace@example.com' } }
  await assert.rejects(client.callTool(grace), UnauthorizedError)
  const more = memory.request
  const second = await authorize(async () => {
    await ada.visit(more)
    await ada.allow()
  })
  assert.equal(scopes(second.get('scope')), 'contact_read contact_write offline_access')
  const { structuredContent: list } = await client.callTool(grace)
  assert.deepEqual(list.contacts.map(contact => contact.name), ['Ada Lovelace', 'Grace Hopper'])

  // A refused token is refreshed without asking Ada, and the new one is for the same resource.
  const before = memory.tokens
  forgetAccess()
  const { structuredContent: me } = await client.callTool({ name: 'whoami' })
  assert.equal(scopes(me.scope), 'contact_read contact_write offline_access')
  assert.notEqual(memory.tokens.access_token, before.access_token)
  assert.notEqual(memory.tokens.refresh_token, before.refresh_token)
  assert.equal(memory.request, undefined)

  // After Ada disconnects the app, it has to ask for consent again.
  await ada.disconnect(issuer)
  const { refresh_token } = memory.tokens
  const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: memory.client.client_id, refresh_token })
  const refused = await fetch(memory.discovery.authorizationServerMetadata.token_endpoint, { method: 'POST', body })
  assert.equal((await refused.json()).error, 'invalid_grant')
  forgetAccess()
  await assert.rejects(client.callTool({ name: 'whoami' }), UnauthorizedError)
  assert.equal(memory.tokens, undefined)
  assert.ok(memory.request)
  await client.close()

  // A client with a Client ID Metadata Document does not register.
  for (const name of Object.keys(memory)) delete memory[name]
  provider.clientMetadataUrl = document.client_id
  await assert.rejects(connect('auto'), UnauthorizedError)
  const described = memory.request
  await authorize(async () => {
    await ada.visit(described)
    await ada.allow()
  })
  client = await connect('auto')
  const { structuredContent: it } = await client.callTool({ name: 'whoami' })
  assert.equal(it.client_id, document.client_id)
  await client.close()
  console.log(`An MCP client registered dynamically, got consent, used the tools at ${mcpUrl}, stepped up, refreshed and was disconnected`)
  console.log(`Then it came again as ${document.client_id}`)
} finally {
  await ada.close()
  app.close()
  documents.close()
}
