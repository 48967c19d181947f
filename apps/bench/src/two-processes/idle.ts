import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { PairName } from '../pairs/index.ts'
import type { Contender } from '../scenario.ts'
import { Far } from './far.ts'
import { createPlace } from './meeting.ts'

const idleMs = 200
const sources = fileURLToPath(new URL('./far-process.ts', import.meta.url))
const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url))

/**
 * Two processes that have found each other and have nothing to say, or one with nothing in it: what they hold is looked
 * at after each while. They run built programs, as those of users do: to run sources, Node holds a compiler in memory.
 */
export async function idle(pair: PairName | undefined): Promise<Contender> {
  const built = `${cache}sm-bench-${process.pid}`
  const program = await bundle(built)
  const place = await createPlace(1)
  const assignment = { pair: pair ?? 'unix-socket', place, index: 0 }
  const fars: Far[] = []
  for (const role of pair === undefined ? (['rest'] as const) : (['answer', 'ask'] as const)) {
    fars.push(await Far.start({ ...assignment, role }, program))
  }
  return {
    async run(ops) {
      for (const far of fars) await far.ask({ kind: 'begin', expected: 0 })
      for (let i = 0; i < ops; i++) await sleep(idleMs)
      const runs = await Promise.all(fars.map(far => far.finish()))
      return {
        cpuUs: runs.reduce((total, { cpuUs }) => total + cpuUs, 0),
        rssBytes: Math.max(...runs.map(({ rssBytes }) => rssBytes)),
      }
    },
    async close() {
      for (const far of fars.reverse()) await far.ask({ kind: 'close' })
      await rm(place.directory, { recursive: true, force: true })
      await rm(built, { recursive: true, force: true })
    },
  }
}

/** In a directory from which packages that are left out can be found. */
async function bundle(outdir: string): Promise<string> {
  await build({
    entryPoints: [sources],
    outdir,
    outExtension: { '.js': '.mjs' },
    // In parts, so that a system loads what it needs and nothing else.
    splitting: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@sm/source'],
    // Packages that others bring along, and load where they are asked for.
    external: ['moleculer', '@nestjs/*', 'ioredis', 'nats', '@nats-io/*', 'amqplib', '@hyperswarm/*', 'ws'],
    logLevel: 'error',
  })
  return `${outdir}/far-process.mjs`
}
