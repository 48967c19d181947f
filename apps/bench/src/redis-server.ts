import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

const usual = 'redis://127.0.0.1:6379'
const startTimeoutMs = 5_000
const program = 'redis-server'

/** Where the Redis of this benchmark is: its processes learn it from the one that started them. */
export function redisUrl(): string {
  return process.env.SM_BENCH_REDIS ?? usual
}

/** A Redis to measure, or why there is none. */
export type FoundRedis = { readonly close: () => Promise<void> } | { readonly reason: string }

/** Starts a Redis for this benchmark alone where the program is installed; else looks whether one runs. */
export async function findRedis(): Promise<FoundRedis> {
  const own = await startRedis()
  if (own) return own
  if (await answers(redisUrl())) return { close: async () => undefined }
  return { reason: `there is no ${program} on the PATH, and nothing answers at ${redisUrl()}` }
}

async function startRedis(): Promise<{ readonly close: () => Promise<void> } | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'sm-bench-redis-'))
  const port = await freePort()
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no']
  // By default it cuts off a subscriber that lags: its messages would be lost, and the run would never end.
  const server = spawn(program, [...options, '--client-output-buffer-limit', 'pubsub', '0', '0', '0'], {
    stdio: 'ignore',
  })
  const kill = () => void server.kill('SIGKILL')
  process.once('exit', kill)
  const close = async () => {
    process.off('exit', kill)
    await ended(server, kill)
    await rm(directory, { recursive: true, force: true })
  }
  const missing = new Promise<false>(resolve => server.once('error', () => resolve(false)))
  const url = `redis://127.0.0.1:${port}`
  if (await Promise.race([missing, waitFor(url, server)])) {
    process.env.SM_BENCH_REDIS = url
    return { close }
  }
  await close()
  return undefined
}

async function waitFor(url: string, server: ChildProcess): Promise<boolean> {
  const start = performance.now()
  while (server.exitCode === null && server.pid !== undefined && performance.now() - start < startTimeoutMs) {
    if (await answers(url)) return true
    await sleep(20)
  }
  return false
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 1_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.ping()
    return true
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}

function ended(child: ChildProcess, kill: () => void): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    child.once('exit', () => resolve())
    kill()
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
