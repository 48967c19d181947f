import { jetstreamManager } from '@nats-io/jetstream'
import type { Address, Delivery, Transport } from '@sm/core/transport'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, numbers, once, topic } from '../../../tooling/test/transport-world.ts'
import { nats } from '../src/index.ts'
import { Wire } from './wire.ts'
import { World } from './world.ts'

const address = topic('limited.work')

const publish = async (transport: Transport, payload: number | string, to: Address = address) =>
  transport.publish(frameFor(to, payload), to)

describeWithBroker('nats', {}, broker => {
  it('keeps the order of a sender while its publishes wait for room, and the queue within its bound', async () => {
    await using world = new World({ url: broker().url, maxQueued: 40 })
    const [producer, consumer] = [await world.start(), await world.start()]
    let most = 0
    const manager = await jetstreamManager(await world.client())
    const listening = await listen(consumer, 'limited.*', {
      prefetch: 5,
      onDelivery: delivery => void setTimeout(() => delivery.ack(), 2),
    })
    const published = Promise.all(numbers(400).map(number => publish(producer, number)))
    await eventually('all are handled', async () => {
      most = Math.max(most, (await manager.streams.info(world.namespace)).state.messages)
      return listening.payloads.length === 400
    })
    await published
    expect(listening.payloads).toEqual(numbers(400))
    expect(most).toBeLessThanOrEqual(40)
  })

  it('waits when the stream is full, loses nothing, and says so when there is no room in time', async () => {
    await using world = new World({ url: broker().url, maxStreamBytes: 20_000, publishTimeoutMs: 1_000 })
    const [producer, consumer] = [await world.start({ publishTimeoutMs: 60_000 }), await world.start()]
    const held: Delivery[] = []
    const listening = await listen(consumer, 'limited.*', {
      prefetch: 1,
      onDelivery: delivery => void held.push(delivery),
    })
    const taken: number[] = []
    const all = numbers(60).map(number => publish(producer, number, address).then(() => taken.push(number)))
    await eventually('one is held', () => held.length === 1)
    const hasty = await world.start({ publishTimeoutMs: 500 })
    await eventually('it is full', async () => {
      const error = await publish(hasty, 'late').catch((caught: unknown) => caught as { code: string })
      return 'code' in error && error.code === 'SM_BROKER_FULL'
    })
    expect(taken.length).toBeLessThan(60)
    const release = setInterval(() => {
      for (const delivery of held.splice(0)) delivery.ack()
    }, 1)
    await Promise.all(all)
    await eventually('all are handled', () => new Set(listening.payloads).size >= 60)
    clearInterval(release)
  })

  it('keeps for a durable group what is published while its members are away, for keepMs', async () => {
    await using world = new World({ url: broker().url, keepMs: 3_000 })
    const [producer, consumer] = [await world.start(), await world.start()]
    const first = await listen(consumer, inbox('billing'), { durable: true })
    await first.subscription.close()
    expect(await publish(producer, 'kept', inbox('billing'))).toMatchObject({ evidence: 'persisted', copies: 1 })
    const second = await listen(consumer, inbox('billing'), { durable: true })
    await eventually('it arrives', () => second.payloads.includes('kept'))
    await second.subscription.close()
    await eventually('nobody has the inbox any more', async () => {
      const error = await publish(producer, 'late', inbox('billing')).catch((caught: unknown) => caught as object)
      return 'code' in error && error.code === 'SM_ROUTE_NONE'
    })
  })

  it('keeps the queue of members that crashed for graceMs, and leaves no trace of it after that', async () => {
    await using world = new World({ url: broker().url })
    const wire = await Wire.to(broker().port)
    const producer = await world.start()
    const crashing = await world.start({ url: wire.url })
    await listen(crashing, 'limited.*', { onDelivery: () => undefined })
    wire.close()
    await eventually('it is noticed', () => crashing.state === 'degraded')
    expect(await publish(producer, 'kept')).toMatchObject({ evidence: 'persisted', copies: 1 })
    const heir = await world.start()
    const listening = await listen(heir, 'limited.*')
    await eventually('it is found again', () => listening.payloads.includes('kept'))
    await heir.stop()
    await eventually('nobody wants it any more', async () => (await publish(producer, 'late')).evidence === 'none')
    const manager = await jetstreamManager(await world.client())
    await eventually('nothing is left', async () => {
      const { state } = await manager.streams.info(world.namespace)
      return state.consumer_count === 0 && state.messages === 0
    })
  })

  it('leaves a slow handler its frame, for longer than deadAfterMs and graceMs, and the group its queue', async () => {
    await using world = new World({ url: broker().url, deadAfterMs: 800, heartbeatMs: 200, graceMs: 600 })
    const [producer, slow, idle] = [await world.start(), await world.start(), await world.start()]
    const one = await listen(slow, 'limited.*', {
      prefetch: 1,
      onDelivery: delivery => void setTimeout(() => delivery.ack(), 2_500),
    })
    await publish(producer, 'slow')
    await eventually('it is being handled', () => one.payloads.length === 1)
    const two = await listen(idle, 'limited.*', { prefetch: 1 })
    await new Promise(resolve => setTimeout(resolve, 2_800))
    expect([...one.payloads, ...two.payloads]).toEqual(['slow'])
    expect((await publish(producer, 'next')).evidence).toBe('persisted')
    await eventually('the next is handled', () => [...one.payloads, ...two.payloads].includes('next'))
  })

  it('stores a frame once, though the publish is repeated', async () => {
    await using world = new World({ url: broker().url })
    const [producer, consumer] = [await world.start(), await world.start()]
    const listening = await listen(consumer, 'limited.*')
    const mail = await listen(consumer, inbox('billing'))
    const frame = frameFor(address, 'once')
    for (let i = 0; i < 3; i++) {
      const receipt = await producer.publish(frame, address)
      expect(receipt).toMatchObject({ evidence: 'persisted', copies: 1 })
    }
    // The same frame to another address is another message.
    await producer.publish(frame, inbox('billing'))
    await eventually('it arrives there too', () => mail.payloads.length === 1)
    await publish(producer, 'after')
    await eventually('the marker arrives', () => listening.payloads.includes('after'))
    expect(listening.payloads).toEqual(['once', 'after'])
  })

  it('delivers what was once published to nobody, when it is published again to somebody', async () => {
    await using world = new World({ url: broker().url })
    const [producer, consumer] = [await world.start(), await world.start()]
    const frame = frameFor(inbox('billing'), 'again')
    const refused = Promise.resolve(producer.publish(frame, inbox('billing')))
    await expect(refused).rejects.toMatchObject({ code: 'SM_ROUTE_NONE', details: { outcome: 'failed' } })
    const listening = await listen(consumer, inbox('billing'))
    await producer.publish(frame, inbox('billing'))
    await eventually('it arrives', () => listening.payloads.length === 1)
  })

  it('reports what a slow consumer loses of what is sent at most once', async () => {
    await using world = new World({ url: broker().url })
    const [producer, consumer] = [await world.start(), await world.start()]
    await listen(consumer, 'limited.*', { prefetch: 1, onDelivery: () => undefined })
    for (let i = 0; i < 10; i++) {
      const batch = numbers(1_000).map(number => producer.publish(frameFor(address, number, once), address))
      await Promise.all(batch)
    }
    await eventually('they are counted', async () => {
      const { details } = await consumer.health()
      return Number(details.dropped) >= 10_000 - 4_096 - 1
    })
    expect(world.log.join()).toContain('SM_BROKER_DROPPED')
  }, 60_000)

  it('refuses a stream of its name that was made for something else', async () => {
    await using world = new World({ url: broker().url })
    const manager = await jetstreamManager(await world.client())
    await manager.streams.add({ name: world.namespace, subjects: [`${world.namespace}.js.>`] })
    const starting = world.make().start()
    await expect(starting).rejects.toMatchObject({ code: 'SM_BROKER_TOPOLOGY' })
    const other = nats.definition.create(
      { url: broker().url },
      { ...world.context(), namespace: `${world.namespace}-b` },
    )
    await manager.streams.add({ name: 'taken', subjects: [`${world.namespace}-b.js.topic.>`] })
    await expect(other.start()).rejects.toMatchObject({ code: 'SM_BROKER_TOPOLOGY' })
    await manager.streams.delete('taken')
  })
})

describeWithBroker(
  'nats',
  {
    config: [
      'authorization { users = [ { user: shop, password: secret, permissions: {',
      '  publish: ["shop.>", "$JS.API.>", "$JS.ACK.shop.>"]',
      '  subscribe: ["shop.>", "_INBOX.>", "$JS.EVENT.ADVISORY.CONSUMER.>"]',
      '} } ] }',
    ],
  },
  broker => {
    it('needs no more permissions than the guide says', async () => {
      const url = `nats://shop:secret@127.0.0.1:${broker().port}`
      await using world = new World({ url })
      const transport = nats.definition.create({ url }, { ...world.context(), namespace: 'shop' })
      await transport.start()
      const listening = await listen(transport, 'limited.#', { onDelivery: delivery => settle(delivery) })
      const settle = (delivery: Delivery) => {
        if (delivery.frame.body.value() === 'bad') delivery.reject({ code: 'SM_TEST', message: 'bad' })
        else if (delivery.attempt === 1 && delivery.frame.body.value() === 'again') delivery.nack()
        else delivery.ack()
      }
      for (const payload of ['bad', 'again']) await publish(transport, payload)
      await transport.publish(frameFor(address, 'once', once), address)
      await eventually('all arrive', () => listening.payloads.length === 4)
      await listening.subscription.close({ drain: true })
      const { details } = await transport.health()
      expect(details.faults, world.log.join('\n')).toBe(0)
      await transport.stop()
    })
  },
)
