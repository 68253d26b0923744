// Checks that the JavaScript of the documents is that of the examples, paragraph by paragraph; comments and indentation aside.
import { readdirSync, readFileSync } from 'node:fs'

const root = new URL('../../../', import.meta.url)
const read = path => readFileSync(new URL(path, root), 'utf8')
const plain = text => text.split('\n').map(line => line.trim()).filter(line => line && !line.startsWith('//')).join('\n')

const files = ['web-app/server.mjs', 'single-page-app/app.js', 'cli/cli.mjs', 'machine/machine.mjs', 'receiver/receiver.mjs', 'check/check.mjs']
const examples = files.map(path => `\n${plain(read(`infra/examples/${path}`))}\n`)
const pages = readdirSync(new URL('docs', root), { recursive: true }).filter(path => path.endsWith('.md')).map(path => `docs/${path}`)
let paragraphs = 0
for (const page of ['README.md', ...pages]) {
  const blocks = [...read(page).matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code)
  for (const paragraph of blocks.flatMap(code => code.split('\n\n')).map(plain)) {
    paragraphs += 1
    if (!examples.some(example => example.includes(`\n${paragraph}\n`))) {
      console.error(`no example has these lines of ${page}:\n${paragraph}`)
      process.exitCode = 1
    }
  }
}
if (paragraphs === 0) throw new Error('the documents have no JavaScript')
console.log(`${paragraphs} paragraphs of JavaScript are those of the examples`)
