import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, numbers, once, topic } from '../../../tooling/test/transport-world.ts'
import { exists, World } from './world.ts'

describeWithBroker('amqp', {}, broker => {
  /** Publishes numbers until told to stop; resolves with those that were acknowledged. */
  function flood(world: World, transport: Awaited<ReturnType<World['start']>>, address = topic('order.placed')) {
    const acknowledged: number[] = []
    const failed: unknown[] = []
    let going = true
    const ended = (async () => {
      for (let i = 0; going; i++) {
        const publish = transport.publish(frameFor(address, i), address)
        const end = Promise.resolve(publish).then(
          () => void acknowledged.push(i),
          error => void failed.push(error),
        )
        if (i % 16 === 15) await end
      }
    })()
    const stop = async () => {
      going = false
      await ended
      await eventually('each publish ends', async () => (await transport.health()).details.inFlight === 0)
    }
    return { acknowledged, failed, stop, world }
  }

  it('goes on by itself when the server is killed twice under load', { timeout: 120_000 }, async () => {
    await using world = new World({ url: broker().url })
    const [sender, receiver] = [await world.start(), await world.start()]
    const order = await listen(receiver, 'order.#')
    const load = flood(world, sender)
    for (const kill of [1, 2]) {
      const before = load.acknowledged.length
      await eventually(`it runs before kill ${kill}`, () => load.acknowledged.length > before + 200)
      await broker().kill()
      await eventually('both notice', () => [sender, receiver].every(({ state }) => state === 'degraded'))
      await broker().restart()
      await eventually('both are back', () => [sender, receiver].every(({ state }) => state === 'ready'))
    }
    const before = load.acknowledged.length
    await eventually('it runs again', () => load.acknowledged.length > before + 200)
    await load.stop()
    expect(load.failed).toEqual([])
    await eventually('nothing that was acknowledged is lost', () => {
      const handled = new Set(order.payloads)
      return load.acknowledged.every(number => handled.has(number))
    })
  })

  it('comes back when the server has lost its data', { timeout: 60_000 }, async () => {
    await using world = new World({ url: broker().url })
    const [sender, receiver] = [await world.start(), await world.start()]
    const kept = await listen(receiver, inbox('billing'), { durable: true })
    const shared = await listen(receiver, 'order.*')
    await broker().restart({ fresh: true })
    await eventually('both are back', () => [sender, receiver].every(({ state }) => state === 'ready'))
    for (const level of [{}, once]) {
      await sender.publish(frameFor(inbox('billing'), 1, level), inbox('billing'))
      await sender.publish(frameFor(topic('order.placed'), 2, level), topic('order.placed'))
    }
    await eventually('all arrive', () => kept.payloads.length === 2 && shared.payloads.length === 2)
  })

  it('goes on when the server closes its connections, as rabbitmqctl close_connection does', async () => {
    await using world = new World({ url: broker().url })
    const [sender, receiver] = [await world.start(), await world.start()]
    const order = await listen(receiver, 'order.#')
    const load = flood(world, sender)
    await eventually('it runs', () => load.acknowledged.length > 100)
    await broker().closeConnections()
    const before = load.acknowledged.length
    await eventually('it runs again', () => load.acknowledged.length > before + 200)
    await load.stop()
    expect(load.failed).toEqual([])
    await eventually('nothing that was acknowledged is lost', () => {
      const handled = new Set(order.payloads)
      return load.acknowledged.every(number => handled.has(number))
    })
  })

  it('notices a server that is silent, within deadAfterMs', { timeout: 60_000 }, async () => {
    await using world = new World({ url: broker().url })
    const transport = await world.start()
    const listening = await listen(transport, inbox('billing'))
    await broker().freeze()
    const from = performance.now()
    await eventually('it is noticed', () => transport.state === 'degraded')
    // Timers of a busy machine run late.
    expect(performance.now() - from).toBeLessThan(3_000 + 3_000)
    await expect(async () =>
      transport.publish(frameFor(inbox('billing'), 0, once), inbox('billing')),
    ).rejects.toMatchObject({
      code: 'SM_BROKER_DOWN',
    })
    const waiting = transport.publish(frameFor(inbox('billing'), 1), inbox('billing'))
    await broker().thaw()
    expect(await waiting).toMatchObject({ evidence: 'persisted' })
    await eventually('it arrives', () => listening.payloads.includes(1))
  })

  it('makes a queue again that somebody has deleted, and an exchange', async () => {
    await using world = new World({ url: broker().url })
    const transport = await world.start()
    const listening = await listen(transport, inbox('billing'))
    const client = await world.client()
    await client.deleteQueue(`${world.namespace}.listeners.inbox.billing`)
    await client.deleteQueue(`${world.namespace}.listeners.once.inbox.billing`)
    await eventually('it is there again', async () => {
      const found = await exists(`${world.namespace}.listeners.inbox.billing`, broker().url)
      return found && found.consumerCount === 1
    })
    const publish = (payload: number, level = {}) =>
      eventually('a publish succeeds', async () => {
        const { evidence } = await Promise.resolve(
          transport.publish(frameFor(inbox('billing'), payload, level), inbox('billing')),
        ).catch(() => ({ evidence: 'none' }))
        return evidence !== 'none'
      })
    await publish(1)
    await publish(2, once)
    await eventually('both arrive', () => listening.payloads.includes(1) && listening.payloads.includes(2))

    await client.deleteExchange(`${world.namespace}.topics`)
    const address = topic('order.placed')
    expect(await transport.publish(frameFor(address, 3), address)).toMatchObject({ evidence: 'none' })
    expect(transport.state).toBe('ready')
  })

  it('leaves nothing behind when the last member has gone, and keeps a durable queue', async () => {
    await using world = new World({ url: broker().url })
    const transport = await world.start()
    const fleeting = await listen(transport, 'order.*')
    const durable = await listen(transport, inbox('billing'), { durable: true })
    const [queue, kept] = [`${world.namespace}.listeners.topic.order.*`, `${world.namespace}.listeners.inbox.billing`]
    expect(await exists(queue, broker().url)).toMatchObject({ consumerCount: 1 })
    await fleeting.subscription.close({ drain: true })
    await durable.subscription.close({ drain: true })
    expect(await exists(queue, broker().url)).toBe(false)
    expect(await exists(`${world.namespace}.listeners.once.topic.order.*`, broker().url)).toBe(false)
    const address = topic('order.placed')
    expect(await transport.publish(frameFor(address, 1), address)).toEqual({ evidence: 'none', copies: 0 })
    expect(await transport.publish(frameFor(inbox('billing'), 2), inbox('billing'))).toEqual({ evidence: 'persisted' })
    expect(await exists(kept, broker().url)).toMatchObject({ messageCount: 1 })
    const back = await listen(transport, inbox('billing'), { durable: true })
    await eventually('what was kept arrives', () => back.payloads.includes(2))
  })

  it('lets a quorum queue go without losing its connection, and comes back to it', async () => {
    await using world = new World({ url: broker().url, queues: 'quorum' })
    const [transport, other] = [await world.start(), await world.start()]
    const address = topic('order.placed')
    for (const drain of [true, false]) {
      const [first, second] = [await listen(transport, 'order.*'), await listen(other, 'order.*')]
      await first.subscription.close({ drain })
      expect(await transport.publish(frameFor(address, 1), address)).toEqual({ evidence: 'persisted' })
      await eventually('it goes to who is left', () => second.payloads.length === 1)
      await second.subscription.close({ drain })
      expect(await transport.publish(frameFor(address, 2), address)).toEqual({ evidence: 'none', copies: 0 })
    }
    for (const each of [transport, other]) expect((await each.health()).details.reconnects).toBe(0)
  })

  it('drains a quorum queue while it holds frames of it', async () => {
    await using world = new World({ url: broker().url, queues: 'quorum' })
    const [sender, receiver] = [await world.start(), await world.start()]
    const listening = await listen(receiver, inbox('billing'), { prefetch: 2, onDelivery: () => undefined })
    await Promise.all(numbers(30).map(i => sender.publish(frameFor(inbox('billing'), i), inbox('billing'))))
    const closing = listening.subscription.close({ drain: true })
    // Frames that are held have not been settled when it looks who else is there.
    await sleep(500)
    for (let handled = 0; handled < 30; handled++) {
      const delivery = await eventually('the next is handed out', () => listening.deliveries[handled])
      delivery.ack()
    }
    await closing
    expect(new Set(listening.payloads).size).toBe(30)
  })

  it('drains a quorum queue whose leader is slow to say what is in it', { timeout: 60_000 }, async () => {
    await using world = new World({ url: broker().url, queues: 'quorum' })
    const [sender, receiver] = [await world.start(), await world.start()]
    const listening = await listen(receiver, inbox('billing'), { prefetch: 2, onDelivery: () => undefined })
    await Promise.all(numbers(30).map(i => sender.publish(frameFor(inbox('billing'), i), inbox('billing'))))
    // It stands still for longer than RabbitMQ waits before it says that the queue is empty.
    const leader = `'%2F_${world.namespace}.listeners.inbox.billing'`
    const slow = `fun Slow() -> sys:suspend(${leader}), timer:sleep(400), sys:resume(${leader}), timer:sleep(30), Slow() end`
    await broker().eval(`register(slow, spawn(${slow}))`)
    try {
      const closing = listening.subscription.close({ drain: true })
      for (let handled = 0; handled < 30; handled++) {
        const delivery = await eventually('the next is handed out', () => listening.deliveries[handled])
        delivery.ack()
      }
      await closing
    } finally {
      await broker().eval(`catch exit(whereis(slow), kill), catch sys:resume(${leader})`)
    }
    expect(new Set(listening.payloads).size).toBe(30)
  })

  it('keeps a frame in a quorum queue however often it comes back unsettled', async () => {
    await using world = new World({ url: broker().url, queues: 'quorum' })
    const transport = await world.start()
    const first = await listen(transport, inbox('billing'), { durable: true })
    await first.subscription.close()
    await transport.publish(frameFor(inbox('billing'), 1), inbox('billing'))
    const client = await world.client()
    let times = 0
    const { consumerTag } = await client.consume(`${world.namespace}.listeners.inbox.billing`, message => {
      times += 1
      if (message) client.nack(message, false, true)
    })
    // RabbitMQ 4 would drop it after 20 times.
    await eventually('it has come back often', () => times > 50)
    await client.cancel(consumerTag)
    const listening = await listen(transport, inbox('billing'), { durable: true })
    await eventually('it is still there', () => listening.payloads.includes(1))
  })

  it('lets the queue of a crashed group go after graceMs', async () => {
    await using world = new World({ url: broker().url, graceMs: 1_000 })
    const transport = await world.start()
    await listen(transport, 'order.*', { onDelivery: () => undefined })
    const address = topic('order.placed')
    await transport.publish(frameFor(address, 1), address)
    await transport.stop()
    const queue = `${world.namespace}.listeners.topic.order.*`
    // To ask for it by a client would count as use.
    const names = () =>
      broker().eval('[binary_to_list(Name) || {resource, _, queue, Name} <- rabbit_amqqueue:list_names()]')
    expect(await names()).toContain(queue)
    await eventually('it is gone', async () => !(await names()).includes(queue))
  })

  it('refuses a subscription whose queue is another one', async () => {
    await using world = new World({ url: broker().url })
    const transport = await world.start()
    await listen(transport, inbox('billing'))
    const other = await world.start({ maxQueued: 7 })
    const error = await listen(other, inbox('billing')).catch(thrown => thrown)
    expect(error).toMatchObject({ code: 'SM_BROKER_TOPOLOGY' })
    expect(error.message).toContain(`${world.namespace}.listeners.inbox.billing`)
    // Everything else goes on.
    const listening = await listen(other, 'order.*')
    for (const number of numbers(3)) await other.publish(frameFor(topic('order.a'), number), topic('order.a'))
    await eventually('all arrive', () => listening.payloads.length === 3)
  })

  it('refuses an inbox that nobody has, at both levels', async () => {
    await using world = new World({ url: broker().url })
    const transport = await world.start()
    for (const level of [{}, once]) {
      const publish = async () => transport.publish(frameFor(inbox('nobody'), 1, level), inbox('nobody'))
      await expect(publish).rejects.toMatchObject({ code: 'SM_ROUTE_NONE', details: { outcome: 'failed' } })
      const listening = await listen(transport, inbox('nobody'))
      await publish()
      await publish()
      await listening.subscription.close()
      await eventually('it is refused again', () =>
        publish().then(
          () => false,
          ({ code }) => code === 'SM_ROUTE_NONE',
        ),
      )
    }
  })
})
