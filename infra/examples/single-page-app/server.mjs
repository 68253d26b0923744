// Serves the page. It has no secret and sees no token.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { ISSUER, CLIENT_ID, PORT = '8790' } = process.env
const read = name => readFileSync(new URL(name, import.meta.url))
const files = {
  '/': ['text/html', read('index.html')],
  '/app.js': ['text/javascript', read('app.js')],
  '/oidc-client-ts.js': ['text/javascript', read('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js')],
  '/settings.json': ['application/json', JSON.stringify({ issuer: ISSUER, clientId: CLIENT_ID })]
}
// The page has the tokens, so it runs no script of another origin.
const policy = `default-src 'self'; connect-src 'self' ${ISSUER}; frame-ancestors 'none'`

createServer((request, response) => {
  const [type, body] = files[request.url.split('?')[0]] ?? []
  const headers = { 'content-type': `${type ?? 'text/plain'}; charset=utf-8`, 'content-security-policy': policy }
  response.writeHead(type ? 200 : 404, headers).end(body ?? 'Not found')
}).listen(PORT, '127.0.0.1', () => console.log(`The single-page app is at http://127.0.0.1:${PORT}/`))
