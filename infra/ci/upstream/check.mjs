// Signs users in with the package `oidc-provider`, as a browser would: node check.mjs path/to/driftwood
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Provider from 'oidc-provider'

setTimeout(() => {
  console.error('not done after 60 s')
  process.exit(1)
}, 60_000).unref()

const folder = mkdtempSync(join(tmpdir(), 'driftwood-upstream-'))
const secret = randomBytes(24).toString('base64url')
writeFileSync(join(folder, 'secret'), `${secret}\n`, { mode: 0o600 })

// Each needs the other's address: the provider's server listens first, and answers when Driftwood runs.
const server = createServer((request, response) => answer(request, response))
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${server.address().port}`
const driftwood = spawn(process.argv[2], [
  ...['--memory', '--port', '0', '--set', 'LogLevel=warn', '--set', 'UpstreamName=Acme'],
  ...['--upstream-issuer', issuer, '--upstream-client-id', 'driftwood'],
  ...['--upstream-client-secret-file', join(folder, 'secret')]
], { stdio: ['ignore', 'pipe', 'inherit'] })
process.on('exit', () => {
  driftwood.kill()
  rmSync(folder, { recursive: true })
})
const home = await new Promise((resolve, reject) => {
  let said = ''
  driftwood.stdout.on('data', text => {
    said += text
    const address = /listening on (http:\S+)/.exec(said)
    if (address) resolve(address[1])
  })
  driftwood.on('exit', () => reject(new Error(said)))
})

const provider = new Provider(issuer, {
  clients: [{ client_id: 'driftwood', client_secret: secret, redirect_uris: [`${home}/oauth2/callback`] }],
  cookies: { keys: [randomBytes(16).toString('hex')] },
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `${id} of Acme`, email: `${id}@acme.example`, email_verified: id === 'ada' })
  })
})
const answer = provider.callback()

/** A user's browser: it stores cookies, and follows redirects and pages that continue automatically. */
class Browser {
  jars = new Map()

  async go(address, form) {
    for (let steps = 0; steps < 20; steps++) {
      const url = new URL(address, this.at)
      const jar = this.jars.get(url.origin) ?? this.jars.set(url.origin, new Map()).get(url.origin)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(url, {
        redirect: 'manual', method: form ? 'POST' : 'GET', body: form && new URLSearchParams(form),
        headers: { cookie, 'sec-fetch-site': 'same-origin' }
      })
      for (const header of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(header)
        if (value && !/max-age=0|expires=Thu, 01 Jan 1970/i.test(header)) jar.set(name, value)
        else jar.delete(name)
      }
      this.at = url
      this.page = await response.text()
      const next = response.headers.get('location') ?? response.headers.get('refresh')?.replace('0; url=', '')
      if (!next) return this
      address = next
      form = undefined
    }
    throw new Error(`in circles at ${this.at}`)
  }

  /** Sends the form whose action ends so, with what the user types. */
  async send(action, typed = {}) {
    const forms = this.page.split('<form').slice(1).map(text => text.split('</form>')[0])
    const form = forms.find(text => action.test(/action="([^"]*)"/.exec(text)?.[1] ?? ''))
    assert.ok(form, `no form ${action} at ${this.at}: ${this.page}`)
    const hidden = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, value])
    return this.go(/action="([^"]*)"/.exec(form)[1], { ...Object.fromEntries(hidden), ...typed })
  }

  shows(text) {
    assert.ok(this.page.replaceAll('<wbr>', '').includes(text), `${this.at} should show ${text}: ${this.page}`)
    return this
  }

  async signInThere(name) {
    await this.shows('Sign-in').send(/interaction/, { login: name, password: 'whatever' })
    return this.page.includes('Authorize') ? this.send(/interaction/) : this
  }
}

const signInPage = `${home}/oauth2/authorize/sign-in`

// A new user: the ID token is short, so name and address come from userinfo.
const ada = new Browser()
await (await ada.go(signInPage)).shows('Continue with Acme').send(/upstream$/)
await ada.signInThere('ada')
ada.shows('Your account').shows('ada of Acme').shows('ada@acme.example')
assert.ok(!ada.page.includes('not confirmed yet'), 'the provider says that the address is verified')

// In another browser of ours they are the same user, and at the provider they are still signed in.
ada.jars.delete(home)
await (await ada.go(signInPage)).send(/upstream$/)
ada.shows('Your account').shows('ada@acme.example')

// A user whose address is known proves that it is theirs, and then the provider is enough.
const password = 'correct horse battery staple'
await fetch(`${home}/api/auth-register`, {
  method: 'POST', headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ email: 'bob@acme.example', password, name: 'Bob' })
})
const bob = new Browser()
await (await bob.go(signInPage)).send(/upstream$/)
await bob.signInThere('bob')
await bob.shows('Is this your account?').send(/sign-in$/, { email: 'bob@acme.example', password })
bob.shows('Your account').shows('Acme').shows('Linked on')

// An app that wants proof gets it: the provider asks again, and says when it did.
const registered = await fetch(`${home}/oauth2/register`, {
  method: 'POST', headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ client_name: 'Album', redirect_uris: ['https://album.example/cb'], token_endpoint_auth_method: 'none' })
})
const { client_id } = await registered.json()
const query = new URLSearchParams({
  response_type: 'code', client_id, scope: 'openid', prompt: 'login', code_challenge_method: 'S256',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
})
await (await bob.go(`${home}/oauth2/authorize?${query}`)).send(/upstream$/)
await bob.signInThere('bob')
bob.shows('Album wants to access your account')

// Who turns back is told so, and can choose again.
const eve = new Browser()
await (await eve.go(signInPage)).send(/upstream$/)
await eve.go(/href="([^"]*\/abort)"/.exec(eve.page)[1])
eve.shows('You came back from Acme without signing in there.')

console.log('users sign in with oidc-provider')
process.exit(0)
