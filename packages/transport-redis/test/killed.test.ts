import { setTimeout as sleep } from 'node:timers/promises'
import { createAgent, isSmError, type Logger } from '@sm/core'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { Program } from '../../../tooling/test/program.ts'
import { News } from '../../brokered/test/promises/messages.ts'

/** Longer than the default would be needed here: nothing may wait for it. */
const patient = { heartbeatMs: 5_000, deadAfterMs: 15_000 }

describeWithBroker('redis', {}, broker => {
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
    const module = new URL('../src/index.ts', import.meta.url).href
    const setting = { module, transport: 'redis', options, namespace, clockAheadMs: 0 }
    const victim = new Program(new URL('../../brokered/test/promises/peer.ts', import.meta.url), setting)
    await victim.heard('ready')
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
})
