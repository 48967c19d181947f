import { setTimeout as sleep } from 'node:timers/promises'
import { createAgent, isSmError, type Logger } from '@sm/core'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { Program } from '../../../tooling/test/program.ts'
import { Deadly, News } from '../../brokered/test/promises/messages.ts'

/** Longer than the default would be needed here: nothing may wait for it. */
const patient = { heartbeatMs: 5_000, deadAfterMs: 15_000 }

describeWithBroker('redis', {}, broker => {
  const createVictim = async (namespace: string, options: object) => {
    const module = new URL('../src/index.ts', import.meta.url).href
    const setting = { module, transport: 'redis', options, namespace, clockAheadMs: 0 }
    const victim = new Program(new URL('../../brokered/test/promises/peer.ts', import.meta.url), setting)
    await victim.heard('ready')
    return victim
  }

  it('leaves nothing at most once to a member that was killed, once a second has passed, and tells what it left', async () => {
    const options = { ...patient, url: broker().url }
    const [namespace, transports] = ['killed', { redis: options }]
    const dropped: unknown[] = []
    const ignore = () => undefined
    const logger: Logger = {
      ...{ debug: ignore, info: ignore, error: ignore },
      warn: ({ error }) => {
        if (isSmError(error) && error.code === 'SM_BROKER_DROPPED') dropped.push(error.details.count)
      },
    }
    const got = new Set<number>()
    const survivor = await createAgent('far', { namespace, transports, logger })
    await survivor.subscribe(News, n => void got.add(n))
    const victim = await createVictim(namespace, options)
    const near = await createAgent('near', { namespace, transports })
    let sent = 0
    const publish = async (ms: number) => {
      const from = sent
      for (const end = performance.now() + ms; performance.now() < end; await sleep(2)) {
        await near.publish(News, sent++, { delivery: 'at-most-once' })
      }
      return [from, sent] as const
    }
    await publish(500)
    await victim.kill()
    await publish(2_500)
    const [from, to] = await publish(1_000)
    await sleep(200)
    const missing = Array.from({ length: to - from }, (_, i) => from + i).filter(n => !got.has(n))
    expect(missing).toEqual([])
    expect(dropped).toEqual([expect.any(Number)])
    await near.stop()
    await survivor.stop()
  })

  it('has the last one that leaves see to what a killed one held, and to what comes until that is known to be dead', async () => {
    const options = { heartbeatMs: 500, deadAfterMs: 4_000, url: broker().url }
    const [namespace, transports] = ['last', { redis: options }]
    const got = new Set<string>()
    const survivor = await createAgent('far', { namespace, transports })
    await survivor.subscribe(Deadly, (_, { header }) => void got.add(header.id))
    const victim = await createVictim(namespace, options)
    const near = await createAgent('near', { namespace, transports })
    const sent: string[] = []
    const publish = async (what: 'kill' | 'live') => sent.push((await near.publish(Deadly, what)).id)
    while (victim.end === undefined) await publish('kill')
    // The server has heard of it by then.
    await sleep(200)
    const stopped = survivor.stop({ timeoutMs: 25_000 })
    await publish('live')
    await stopped
    expect(sent.filter(id => !got.has(id))).toEqual([])
    await near.stop()
  })
})
