import { isSmError, type Transport } from '@sm/core/transport'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import type { Broker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, numbers, once, topic } from '../../../tooling/test/transport-world.ts'
import { Wire } from './wire.ts'
import { World } from './world.ts'

const address = topic('recovery.work')

describeWithBroker('nats', {}, broker => {
  /** Publishes a number every now and then until stopped; resolves with those that were taken. */
  function publishSteadily(transport: Transport) {
    const taken: number[] = []
    const failed: unknown[] = []
    const open = new Set<Promise<unknown>>()
    let next = 0
    let isOver = false
    const run = (async () => {
      while (!isOver) {
        for (let i = 0; i < 20; i++) {
          const number = next++
          const publish = Promise.resolve(transport.publish(frameFor(address, number), address)).then(
            () => taken.push(number),
            error => failed.push(error),
          )
          open.add(publish)
          void publish.then(() => open.delete(publish))
        }
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    })()
    const stop = async () => {
      isOver = true
      await run
      await Promise.all(open)
      return { taken, failed }
    }
    return { taken, stop }
  }

  async function survives(disturb: (server: Broker) => Promise<void>, durable: boolean) {
    const server = broker()
    await using world = new World({ url: server.url })
    const [producer, consumer] = [await world.start(), await world.start()]
    const listening = await listen(consumer, 'recovery.*', { durable })
    const publishing = publishSteadily(producer)
    await eventually('frames flow', () => listening.payloads.length > 100)
    await disturb(server)
    const before = publishing.taken.length
    await eventually('frames are taken again', () => publishing.taken.length > before + 100)
    const { taken, failed } = await publishing.stop()
    expect(failed).toEqual([])
    await eventually('all that was taken has arrived', () => {
      const got = new Set(listening.payloads)
      return taken.every(number => got.has(number))
    })
    return { listening, taken, world, producer, consumer }
  }

  it('goes on by itself after the server was killed twice under load', async () => {
    await survives(async server => {
      for (let i = 0; i < 2; i++) {
        await server.kill()
        await new Promise(resolve => setTimeout(resolve, 200))
        await server.restart()
        await new Promise(resolve => setTimeout(resolve, 300))
      }
    }, true)
  })

  it('goes on by itself after the server was stopped with open connections', async () => {
    await survives(async server => {
      await server.freeze()
      await new Promise(resolve => setTimeout(resolve, 2_500))
      await server.thaw()
    }, true)
  })

  it('notices a server that has stopped answering within deadAfterMs, even while bytes pile up', async () => {
    const server = broker()
    await using world = new World({ url: server.url, publishTimeoutMs: 60_000 })
    const [producer, consumer] = [await world.start(), await world.start()]
    const listening = await listen(consumer, 'recovery.*')
    await server.freeze()
    const started = performance.now()
    // More than the buffers of the system take.
    const large = 'x'.repeat(200_000)
    const open = numbers(60).map(() => producer.publish(frameFor(address, large), address))
    await eventually('both notice', () => producer.state === 'degraded' && consumer.state === 'degraded')
    expect(performance.now() - started).toBeLessThan(10_000)
    await server.thaw()
    await Promise.all(open)
    await eventually('all arrive', () => new Set(listening.deliveries.map(({ frame }) => frame.header.id)).size === 60)
  })

  it('builds everything anew on a server that has lost its data', async () => {
    const server = broker()
    await using world = new World({ url: server.url })
    const [producer, consumer] = [await world.start(), await world.start()]
    const held = await listen(consumer, inbox('holder'), { onDelivery: () => undefined, durable: true })
    const working = await listen(consumer, 'recovery.#')
    await producer.publish(frameFor(inbox('holder'), 'before'), inbox('holder'))
    await eventually('it is held', () => held.deliveries.length === 1)
    await server.restart({ fresh: true })
    await eventually('both are ready again', () => producer.state === 'ready' && consumer.state === 'ready')
    await producer.publish(frameFor(address, 'again'), address)
    await eventually('it works', () => working.payloads.includes('again'))
    // The first frame of the new stream has the number that the old one had: its ack must not be taken for the new one's.
    held.deliveries[0]?.ack()
    await producer.publish(frameFor(inbox('holder'), 'after'), inbox('holder'))
    await eventually('the next arrives', () => held.payloads.at(-1) === 'after')
    expect(held.deliveries.at(-1)?.attempt).toBe(1)
  })

  it('goes on after its stream and its consumers were removed', async () => {
    await using world = new World({ url: broker().url })
    const [producer, consumer] = [await world.start(), await world.start()]
    const listening = await listen(consumer, 'recovery.work')
    const client = await world.client(broker().url)
    const remove = async (what: string) => client.request(`$JS.API.${what}`, '')
    await remove(`STREAM.DELETE.${world.namespace}`)
    await eventually('a frame arrives', async () => {
      await Promise.resolve(producer.publish(frameFor(address, 'x'), address)).catch(() => undefined)
      return listening.payloads.length > 0
    })
  })

  it('has a publish stored once, however often its answer is lost and it is repeated', async () => {
    const server = broker()
    await using world = new World({ url: server.url })
    const wire = await Wire.to(server.port)
    try {
      const [producer, consumer] = [await world.start({ url: wire.url }), await world.start()]
      const { payloads, deliveries } = await listen(consumer, 'recovery.*')
      const publishing = publishSteadily(producer)
      for (let cut = 1; cut <= 10; cut++) {
        const before = publishing.taken.length
        await eventually('frames are taken', () => publishing.taken.length > before + 40)
        wire.cut()
      }
      const { taken, failed } = await publishing.stop()
      expect(failed).toEqual([])
      await eventually('all that was taken has arrived', () => new Set(payloads).size >= taken.length)
      const asNew = deliveries.filter(({ attempt }) => attempt === 1).map(({ frame }) => frame.header.id)
      expect(asNew.length - new Set(asNew).size, 'stored twice').toBe(0)
    } finally {
      wire.close()
    }
  })

  it('hands what a member held to another when its connection is cut, and lets it finish what it can', async () => {
    const wire = await Wire.to(broker().port)
    await using world = new World({ url: broker().url })
    const producer = await world.start()
    const cut = await world.start({ url: wire.url, reconnect: { initialMs: 5, maxMs: 20 } })
    const held = await listen(cut, 'recovery.work', { onDelivery: () => undefined })
    await producer.publish(frameFor(address, 'x'), address)
    await eventually('it is held', () => held.deliveries.length === 1)
    wire.cut()
    await eventually('it is noticed', () => cut.state === 'degraded')
    // Settled while there is no connection: told as soon as there is one.
    held.deliveries[0]?.ack()
    await eventually('it is back', () => cut.state === 'ready')
    const client = await world.client(broker().url)
    await eventually('nothing is left in the stream', async () => {
      const info = (await client.request(`$JS.API.STREAM.INFO.${world.namespace}`, '')).json<{
        state: { messages: number }
      }>()
      return info.state.messages === 0
    })
    expect(held.deliveries.length).toBe(1)
    wire.close()
  })

  it('refuses what is sent at most once while there is no server, and says that nobody has it', async () => {
    const server = broker()
    await using world = new World({ url: server.url })
    const producer = await world.start()
    await server.kill()
    await eventually('it is noticed', () => producer.state === 'degraded')
    const publish = Promise.resolve(producer.publish(frameFor(address, 1, once), address))
    const error = await publish.catch((caught: unknown) => caught)
    expect(isSmError(error) && [error.code, error.details.outcome]).toEqual(['SM_BROKER_DOWN', 'failed'])
    await server.restart()
  })
})
