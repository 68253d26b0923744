// A user who answers authorization requests: node visitor.mjs NAME, with the address of each request as a line of its input. The user
// creates an account with the first, and allows each.
import { createInterface } from 'node:readline'
import { user } from './user.mjs'

const visitor = await user(process.argv[2])
let isRegistered = false
try {
  for await (const address of createInterface({ input: process.stdin })) {
    if (isRegistered) await visitor.visit(address)
    else await visitor.register(address)
    isRegistered = true
    await visitor.allow()
  }
} finally {
  await visitor.close()
}
