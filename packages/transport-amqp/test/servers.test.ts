import { createAgent } from '@sm/core'
import type { Transport, TransportHealth } from '@sm/core/transport'
import { expect, it, vi } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { freePort, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, once, topic } from '../../../tooling/test/transport-world.ts'
import { TcpProxy } from './tcp-proxy.ts'
import { World } from './world.ts'

// RabbitMQ takes its time to start.
vi.setConfig({ testTimeout: 90_000 })

const address = topic('work.done')
const hostOf = (transport: Transport) => (transport.health() as TransportHealth).details?.host

describeWithBroker('amqp', {}, broker => {
  it('is entered by whichever server of the list answers', async () => {
    const { port } = broker()
    const gone = await freePort()
    // A URL need give our identity only once.
    for (const url of [
      [`amqp://guest:guest@127.0.0.1:${gone}/%2F`, `amqp://127.0.0.1:${port}`],
      [`amqp://127.0.0.1:${gone}`, `amqp://127.0.0.1:${gone}`, `amqp://guest:guest@127.0.0.1:${port}`],
    ]) {
      await using world = new World({ url })
      const transport = await world.start()
      expect(hostOf(transport)).toBe(`127.0.0.1:${port}`)
      const listening = await listen(transport, inbox('billing'))
      for (const more of [{}, once]) await transport.publish(frameFor(inbox('billing'), 1, more), inbox('billing'))
      await eventually('both arrive', () => listening.payloads.length === 2)
    }
    const transports = [`amqp://guest:guest@127.0.0.1:${gone}?server=127.0.0.1:${port}`]
    await using agent = await createAgent('billing', { namespace: 'by-url', transports })
    expect(JSON.stringify(await agent.health())).toMatch(/RabbitMQ \d/)
  })

  it('is not entered where none answers, or where the one that does refuses us, which is told', async () => {
    const [gone, other] = [await freePort(), await freePort()]
    await using world = new World({ url: [`amqp://127.0.0.1:${gone}`, `amqp://127.0.0.1:${other}`] })
    await expect(Promise.resolve(world.make().start())).rejects.toMatchObject({
      ...{ code: 'SM_BROKER_UNREACHABLE', message: expect.stringContaining(`127.0.0.1:${gone}`) },
    })
    const url = [`amqp://guest:wrong@127.0.0.1:${gone}`, `amqp://127.0.0.1:${broker().port}`]
    await expect(Promise.resolve(world.make({ url }).start())).rejects.toMatchObject({
      ...{ code: 'SM_BROKER_AUTH', message: expect.stringContaining(`127.0.0.1:${broker().port}`) },
    })
    for (const none of [[], ['amqp://a', 'http://b']]) {
      expect(() => world.make({ url: none })).toThrow(/SM_TRANSPORT_CONFIG/)
    }
    await expect(createAgent('x', { transports: ['amqp://127.0.0.1?heartbeat=5'] })).rejects.toMatchObject({
      code: 'SM_TRANSPORT_CONFIG',
    })
  })

  it('goes on over the next address when one is cut off, under load, and loses nothing that was taken', async () => {
    // Two nodes of a cluster have the same queues: so have two ways to one node.
    const [one, two] = [await TcpProxy.open(broker().port), await TcpProxy.open(broker().port)]
    await using world = new World({ url: [one, two].map(({ port }) => `amqp://127.0.0.1:${port}`) })
    const [producer, consumer] = [await world.start(), await world.start()]
    const listening = await listen(consumer, 'work.*', { durable: true })
    const taken: string[] = []
    let isOver = false
    const flow = (async () => {
      for (let i = 0; !isOver; i++) {
        await producer.publish(frameFor(address, `flow ${i}`), address)
        taken.push(`flow ${i}`)
      }
    })()
    for (const [cut, next] of [
      [one, two],
      [two, one],
    ] as const) {
      const before = taken.length
      await eventually('it flows', () => taken.length > before + 50)
      next.mend()
      cut.cut()
      const isThere = (each: Transport) => each.state === 'ready' && hostOf(each) === `127.0.0.1:${next.port}`
      await eventually('both are at the other', () => isThere(producer) && isThere(consumer))
    }
    isOver = true
    await flow
    await eventually('all that was taken has come', () => {
      const got = new Set(listening.payloads)
      return taken.every(payload => got.has(payload))
    })
    await Promise.all([one.close(), two.close()])
  })

  it('makes anew what it needs on another server', async () => {
    await using other = await startBroker('amqp')
    await using world = new World({ url: [other.url, broker().url] })
    const [producer, consumer] = [await world.start(), await world.start()]
    const listening = await listen(consumer, 'work.#', { durable: true })
    await producer.publish(frameFor(address, 'there'), address)
    await eventually('it arrives', () => listening.payloads.includes('there'))
    await other.kill()
    const here = `127.0.0.1:${broker().port}`
    await eventually('both are here', () =>
      [producer, consumer].every(each => hostOf(each) === here && each.state === 'ready'),
    )
    for (const more of [{}, once]) await producer.publish(frameFor(address, 'here', more), address)
    await eventually('both arrive', () => listening.payloads.filter(payload => payload === 'here').length === 2)
  })
})
