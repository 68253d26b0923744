// Uses both examples as a user does, in Chromium: node check.mjs ISSUER WEB_APP SINGLE_PAGE_APP
import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { chromium } from 'playwright-core'

const [issuer, webApp, singlePageApp] = process.argv.slice(2)
const password = 'correct horse battery staple'
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })

/** Verifies an access token as an API does: the lines of docs/guides/protect-an-api.md. */
async function verify(accessToken, issuer, audience) {
  const discovery = await fetch(`${issuer}/.well-known/openid-configuration`)
  const { jwks_uri } = await discovery.json()
  const keys = createRemoteJWKSet(new URL(jwks_uri))
  const { payload } = await jwtVerify(accessToken, keys, { issuer, audience, typ: 'at+jwt' })
  return payload
}

/** A user with a browser of their own. */
async function visit(name, home, isRemembered) {
  const context = await browser.newContext()
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const mistakes = []
  page.on('pageerror', error => mistakes.push(error.message))
  const click = label => page.getByRole('button', { name: label, exact: true }).click()
  const shows = async text => {
    try {
      await page.getByText(text).first().waitFor()
    } catch {
      throw new Error(`${page.url()} does not show “${text}” but: ${await page.locator('body').innerText()}`)
    }
  }
  const fill = async fields => {
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value)
  }
  const is = async address => assert.equal(new URL(page.url()).href, address)

  const email = `${name.toLowerCase()}-${process.pid}-${new URL(home).port}@example.com`
  const signIn = async () => {
    await click('Sign in with Driftwood')
    await shows('to continue to')
    await fill({ 'E-mail address': email, Password: password })
    await click('Sign in')
  }

  await page.goto(home)
  await click('Sign in with Driftwood')
  await page.getByRole('link', { name: 'Create an account' }).click()
  await fill({ 'Your name': `${name} & Co`, 'E-mail address': email, Password: password })
  await click('Create account')
  await shows('wants to access your account')
  await click('Allow')
  await shows(`Hello, ${name} & Co`)
  await shows('has 0 contacts')
  await is(home)

  const answered = page.waitForResponse(answer => answer.url().endsWith('/refresh') || answer.url().endsWith('/oauth2/token'))
  await click('Refresh the tokens')
  assert.ok((await answered).status() < 400)
  await shows(`Hello, ${name} & Co`)
  const stored = await page.evaluate(() => Object.values(sessionStorage).find(value => value.includes('access_token')))
  if (stored) {
    const claims = await verify(JSON.parse(stored).access_token, issuer, issuer)
    assert.equal(claims.scope, 'openid profile contact_read')
  }

  await click('Sign out')
  await page.getByRole('button', { name: 'Sign in with Driftwood' }).waitFor()
  await is(home)
  await page.reload()
  await page.getByRole('button', { name: 'Sign in with Driftwood' }).waitFor()

  // The sign-in page asks for the password again, so the user is signed out of Driftwood too.
  await signIn()
  if (!isRemembered) {
    await shows('wants to access your account')
    await click('Deny')
    await shows('access_denied')

    await click('Sign in with Driftwood')
    await shows('wants to access your account')
    await click('Allow')
  }
  await shows(`Hello, ${name} & Co`)
  if (stored) {
    const session = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: JSON.parse(stored).profile.aud,
      refresh_token: JSON.parse(stored).refresh_token
    })
    const answer = await fetch(`${issuer}/oauth2/token`, { method: 'POST', body: session })
    assert.equal((await answer.json()).error, 'invalid_grant', 'the sign-out revoked the tokens')
  }

  const account = await context.newPage()
  await account.goto(`${issuer}/account`)
  await account.getByRole('button', { name: /^Disconnect/ }).click()
  await account.getByText('No app has access to your account').waitFor()
  await page.reload()
  await shows('You are not signed in')

  assert.deepEqual(mistakes, [])
  await context.close()
  const again = isRemembered ? 'was remembered' : 'denied, allowed again'
  console.log(`${name} signed up, allowed, refreshed, signed out, ${again} and disconnected at ${home}`)
}

try {
  // The web app has a secret, so a consent to it is remembered; no operator reviewed the single-page app.
  await visit('Ada', webApp, true)
  await visit('Grace', singlePageApp, false)
} finally {
  await browser.close()
}
