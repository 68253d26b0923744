// Checks that the JavaScript of the README is that of the examples, paragraph by paragraph; comments and indentation aside.
import { readFileSync } from 'node:fs'

const read = path => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const plain = text => text.split('\n').map(line => line.trim()).filter(line => line && !line.startsWith('//')).join('\n')

const files = ['web-app/server.mjs', 'single-page-app/app.js', 'cli/cli.mjs', 'machine/machine.mjs', 'check/check.mjs']
const examples = files.map(path => plain(read(`infra/examples/${path}`)))
const blocks = [...read('README.md').matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code)
const paragraphs = blocks.flatMap(code => code.split('\n\n')).map(plain)
for (const paragraph of paragraphs) {
  if (!examples.some(example => `\n${example}\n`.includes(`\n${paragraph}\n`))) {
    console.error(`no example has these lines of the README:\n${paragraph}`)
    process.exitCode = 1
  }
}
if (paragraphs.length === 0) throw new Error('the README has no JavaScript')
