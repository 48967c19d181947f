import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { BrokerError } from './broker.ts'

/** Below the ports that systems give to outgoing connections: while a server is down, no client gets its port. */
const range = { first: 20_000, end: 32_000 }
const mostTries = 100

/** Whether nothing listens on this port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer().once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** A port of 127.0.0.1 on which nothing listens, chosen by chance so that two who ask at once hardly get the same. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < mostTries; tries++) {
    const port = randomInt(range.first, range.end)
    if (await isFree(port)) return port
  }
  throw new BrokerError(`No free port was found on 127.0.0.1 in ${mostTries} tries`)
}
