// A user with a browser, for the checks that begin at an authorization request.
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Opens a browser, with these arguments, for a user who has no account yet. */
export async function user(name, ...args) {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...args] })
  const page = await browser.newPage()
  page.setDefaultTimeout(20_000)
  const click = label => page.getByRole('button', { name: label, exact: true }).click()
  const shows = async text => {
    try {
      await page.getByText(text).first().waitFor()
    } catch {
      throw new Error(`${page.url()} does not show “${text}” but: ${await page.locator('body').innerText()}`)
    }
  }
  const fields = {
    'Your name': name,
    'E-mail address': `${name.toLowerCase()}-${Date.now()}@example.com`,
    Password: 'correct horse battery staple'
  }

  return {
    page,
    shows,
    /** Types the code of another device at the address that it shows. */
    async type(url, code) {
      await page.goto(url)
      await page.getByLabel('Code').fill(code)
      await click('Continue')
    },
    /** Follows an app's request to the sign-in page, and creates an account there. */
    async register(url) {
      if (url) await page.goto(String(url))
      await shows('to continue to')
      await page.getByRole('link', { name: 'Create an account' }).click()
      for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value)
      await click('Create account')
    },
    /** Follows an app's request again, being signed in. What answers may go on to the app by itself before it has loaded. */
    visit: url => page.goto(String(url), { waitUntil: 'commit' }),
    /** Follows an app's request again, where no page asks anything, and comes back to the app. */
    async pass(url) {
      await this.visit(url)
      await shows('You can close this page')
    },
    /** Gives consent, and comes to a page with this text. */
    async allow(then = 'You can close this page') {
      await shows('wants to access your account')
      await click('Allow')
      await shows(then)
    },
    /** Denies consent. */
    async deny() {
      await shows('wants to access your account')
      await click('Deny')
      await shows('You can close this page')
    },
    /** Disconnects the one app that has access. */
    async disconnect(issuer) {
      await page.goto(`${issuer}/account`)
      await page.getByRole('button', { name: /^Disconnect/ }).click()
      await shows('No app has access to your account')
    },
    close: () => browser.close()
  }
}

/** Listens at the redirect URI of an app on this machine. */
export async function callback() {
  let arrived
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1')
    response.end('You can close this page.')
    if (url.pathname === '/callback') arrived?.(url.searchParams)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}/callback`,
    /** The answer that comes while `visit` goes on. */
    async during(visit) {
      const answer = new Promise(resolve => (arrived = resolve))
      await visit()
      return answer
    },
    close: () => server.close()
  }
}

/** Stops a check that takes too long. */
export function patience(seconds) {
  setTimeout(() => {
    console.error(`not done after ${seconds} s`)
    process.exit(1)
  }, seconds * 1000).unref()
}
