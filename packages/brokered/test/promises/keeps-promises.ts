import { setTimeout as sleep } from 'node:timers/promises'
import { createAgent, isSmError, type TransportsConfig } from '@sm/core'
import { expect, it } from 'vitest'
import { Program } from '../../../../tooling/test/program.ts'
import { Ask, Deadly, News } from './messages.ts'

/** A broker, and how it is hurt and looked into. */
export interface Promised {
  /** URL of the module that registers the transport. */
  readonly module: URL
  readonly transport: string
  /** Its options, by which it reaches the broker: plain data. */
  readonly options: () => object
  /** Ends every connection, as an operator would. */
  readonly cut: () => Promise<void>
  /** How many dead letters the broker holds for a namespace. */
  readonly deadLetters: (namespace: string) => Promise<number>
  /** Kills the server, and starts it again without its data. */
  readonly forget: () => Promise<void>
}

const program = new URL('peer.ts', import.meta.url)
const mostTries = 5

/** The promises of every transport over a broker to its users, with real processes. */
export function itKeepsItsPromises({ module, transport, options, cut, deadLetters, forget }: Promised): void {
  const start = (namespace: string, clockAheadMs = 0) =>
    new Program(program, { module: module.href, transport, options: options(), namespace, clockAheadMs })
  const far = async (namespace: string, clockAheadMs?: number) => {
    const peer = start(namespace, clockAheadMs)
    await peer.heard('ready')
    return peer
  }
  const near = (namespace: string) =>
    createAgent('near', { namespace, transports: { [transport]: options() } as TransportsConfig })

  it.each([-60_000, 60_000])(
    'answers and delivers where the clock of the other side is wrong by %d ms',
    async skewMs => {
      const namespace = skewMs < 0 ? 'late' : 'early'
      const peer = await far(namespace, skewMs)
      const agent = await near(namespace)
      expect(await agent.request(Ask, 1, { to: 'far', timeoutMs: 4_000 })).toBe(2)
      await agent.publish(News, 7, { to: 'far' })
      await agent.publish(News, 8)
      expect([(await peer.heard('news')).n, (await peer.heard('news')).n].sort()).toEqual([7, 8])
      await agent.stop()
      await peer.ask('stop')
    },
  )

  it('gives up a message that ends its process each time, and handles the next', { timeout: 120_000 }, async () => {
    const namespace = 'deadly'
    const attempts: unknown[] = []
    let peer = await far(namespace)
    const agent = await near(namespace)
    await agent.publish(Deadly, 'kill', { to: 'far' })
    for (;;) {
      await peer.exited
      for (let told = peer.take('began'); told; told = peer.take('began')) attempts.push(told.attempt)
      peer = start(namespace)
      if (attempts.length === mostTries) break
    }
    await peer.heard('ready')
    await agent.publish(Deadly, 'live', { to: 'far' })
    await expect.poll(async () => (await peer.ask('counters')).rejected, { timeout: 15_000 }).toBe(1)
    expect(attempts).toEqual([1, 2, 3, 4, 5])
    expect(await peer.heard('began')).toMatchObject({ what: 'live' })
    await expect.poll(() => deadLetters(namespace), { timeout: 10_000 }).toBe(1)
    expect(peer.end).toBeUndefined()
    await agent.stop()
    await peer.ask('stop')
  })

  it('has the last one that leaves see to what a killed one held, and to what comes until that is known to be dead', {
    timeout: 60_000,
  }, async () => {
    const namespace = 'last'
    const handled = new Set<string>()
    const transports = { [transport]: options() } as TransportsConfig
    const survivor = await createAgent('far', { namespace, transports, durable: 'preferred' })
    await survivor.subscribe(Deadly, (_, { header }) => void handled.add(header.id))
    const victim = await far(namespace)
    const agent = await near(namespace)
    const sent: string[] = []
    const publish = async (what: 'kill' | 'live') => sent.push((await agent.publish(Deadly, what)).id)
    while (victim.end === undefined) await publish('kill')
    // The server has heard of it by then.
    await sleep(200)
    const stopped = survivor.stop({ timeoutMs: 30_000 })
    await publish('live')
    await stopped
    expect(sent.filter(id => !handled.has(id))).toEqual([])
    await agent.stop()
  })

  it('loses no dead letter when connections end while messages are given up', { timeout: 60_000 }, async () => {
    const namespace = 'burials'
    const peer = await far(namespace)
    const agent = await near(namespace)
    const count = 200
    const publishes = Array.from({ length: count }, () => agent.publish(Deadly, 'reject', { to: 'far' }))
    await peer.heard('began')
    await cut()
    await sleep(50)
    await cut()
    await Promise.all(publishes)
    await expect.poll(() => deadLetters(namespace), { timeout: 30_000 }).toBe(count)
    await agent.stop()
    await peer.ask('stop')
  })

  it('says of no broadcast that nobody wants it while those who did are on their way back', {
    timeout: 60_000,
  }, async () => {
    const namespace = 'forgotten'
    const agent = await near(namespace)
    const peer = await far(namespace)
    expect((await agent.publish(News, -1)).evidence).not.toBe('none')
    await peer.heard('news')
    const forgetting = forget()
    const resolved: number[] = []
    const failures: unknown[] = []
    for (let n = 0; n < 40; n++) {
      await agent.publish(News, n, { timeoutMs: 15_000 }).then(
        () => resolved.push(n),
        error => failures.push(error),
      )
      await sleep(100)
    }
    await forgetting
    // A publish that fails may be tried again; one that does not is handled.
    expect(failures.filter(error => !isSmError(error) || !error.retryable)).toEqual([])
    const handled = new Set<unknown>()
    await expect
      .poll(
        () => {
          for (let told = peer.take('news'); told; told = peer.take('news')) handled.add(told.n)
          return resolved.filter(n => !handled.has(n))
        },
        { timeout: 15_000 },
      )
      .toEqual([])
    await agent.stop()
    await peer.ask('stop')
  })
}
