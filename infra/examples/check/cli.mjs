// Uses the command-line app as a user does who has a browser elsewhere: node cli.mjs ISSUER
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { patience, user } from './user.mjs'

const [issuer] = process.argv.slice(2)
patience(120)

const start = fileURLToPath(new URL('../start.sh', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'cli-'))
const file = join(folder, 'stored.json')

/** Runs the app, and shows the user the address and the code that it prints. Returns its exit status and its last line. */
async function run(words, answer) {
  const app = spawn(start, ['cli', ...words], { env: { ...process.env, ISSUER: issuer, FILE: file } })
  let output = ''
  const ended = new Promise((resolve, reject) => app.on('close', resolve).on('error', reject))
  const asked = new Promise(resolve => {
    const take = text => {
      output += text
      const [, url, code] = output.match(/^Open (\S+) in a browser, and type the code (\S+)$/m) ?? []
      if (code) resolve({ url, code })
    }
    app.stdout.setEncoding('utf8').on('data', take)
    app.stderr.setEncoding('utf8').on('data', take)
  })
  try {
    const request = await Promise.race([asked, ended])
    assert.equal(Boolean(request.code), Boolean(answer), output)
    if (answer) await answer(request)
    const status = await ended
    return { status, said: output.trimEnd().split('\n').at(-1) }
  } finally {
    app.kill()
  }
}

const ada = await user('Ada')
const hello = { status: 0, said: 'Hello, Ada. Your account has 0 contacts.' }
try {
  const first = await run([], async ({ url, code }) => {
    assert.equal(url, `${issuer}/device`)
    await ada.type(url, code.toLowerCase().replace('-', ' '))
    await ada.register()
    await ada.allow()
  })
  assert.deepEqual(first, hello)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const before = JSON.parse(await readFile(file, 'utf8'))

  // The second run uses the stored tokens, and asks no user.
  assert.deepEqual(await run([]), hello)
  const { client_id, refresh_token } = JSON.parse(await readFile(file, 'utf8'))
  assert.equal(client_id, before.client_id)
  assert.notEqual(refresh_token, before.refresh_token)

  assert.deepEqual(await run(['sign-out']), { status: 0, said: 'You are signed out.' })
  await assert.rejects(stat(file))
  const body = new URLSearchParams({ grant_type: 'refresh_token', client_id, refresh_token })
  const refused = await fetch(`${issuer}/oauth2/token`, { method: 'POST', body })
  assert.equal((await refused.json()).error, 'invalid_grant', 'the sign-out revoked the tokens')

  const denied = await run([], async ({ url, code }) => {
    await ada.type(url, code)
    await ada.deny()
  })
  assert.deepEqual(denied, { status: 1, said: 'You are not signed in (access_denied).' })
  console.log('Ada typed the code of the command-line app, was greeted twice, signed out and denied consent')
} finally {
  await ada.close()
  await rm(folder, { recursive: true })
}
