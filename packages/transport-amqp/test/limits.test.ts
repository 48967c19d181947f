import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, numbers, once, topic } from '../../../tooling/test/transport-world.ts'
import { next, World } from './world.ts'

const address = topic('order.placed')
/** Small enough that one message is above it. */
const maxMessage = 300_000

describeWithBroker('amqp', { config: [`max_message_size = ${maxMessage}`] }, broker => {
  it('waits while the broker is short of memory, gives up by signal, and goes on in order', {
    timeout: 60_000,
  }, async () => {
    await using world = new World({ url: broker().url })
    const [sender, receiver] = [await world.start(), await world.start()]
    const held: Array<() => void> = []
    const slow = await listen(receiver, inbox('slow'), { onDelivery: delivery => void held.push(() => delivery.ack()) })
    const order = await listen(receiver, 'order.*')
    await sender.publish(frameFor(inbox('slow'), 0), inbox('slow'))
    await eventually('it is held', () => held.length === 1)
    await broker().setMemoryAlarm(true)
    const ended: number[] = []
    const publish = (i: number, signal?: AbortSignal) =>
      Promise.resolve(sender.publish(frameFor(address, i), address, signal && { signal })).then(
        () => void ended.push(i),
      )
    // The broker tells who publishes after it has told its connections of the alarm, which takes a moment.
    const publishes: Array<Promise<void>> = []
    await eventually('it is blocked', async () => {
      publishes.push(publish(publishes.length))
      return (await sender.health()).details.blocked === true
    })
    const first = publishes.length
    publishes.push(...numbers(20).map(i => publish(first + i)))
    const abort = new AbortController()
    const reason = new Error('waited long enough')
    const givenUp = publish(99, abort.signal)
    abort.abort(reason)
    await expect(givenUp).rejects.toBe(reason)
    // Acks go another way than publishes: consumers go on.
    for (const ack of held) ack()
    await slow.subscription.close({ drain: true })
    expect(ended.filter(i => i >= first)).toEqual([])
    expect(sender.state).toBe('ready')
    await broker().setMemoryAlarm(false)
    await Promise.all(publishes)
    await eventually('all arrive', () => order.payloads.length === publishes.length)
    expect(order.payloads).toEqual(numbers(publishes.length))
  })

  it('waits while a queue is full, and goes on when there is room', { timeout: 60_000 }, async () => {
    await using world = new World({ url: broker().url, maxQueued: 20 })
    const [sender, receiver] = [await world.start(), await world.start()]
    const held: Array<() => void> = []
    let isHolding = true
    const slow = await listen(receiver, 'order.*', {
      group: 'slow',
      prefetch: 5,
      onDelivery: delivery => void (isHolding ? held.push(() => delivery.ack()) : delivery.ack()),
    })
    const quick = await listen(receiver, 'order.*', { group: 'quick' })
    const ended: number[] = []
    const publishes = numbers(100).map(i =>
      Promise.resolve(sender.publish(frameFor(address, i), address)).then(() => void ended.push(i)),
    )
    await eventually('an address is held back', async () => (await sender.health()).details.full === 1)
    await new Promise(resolve => setTimeout(resolve, 1_000))
    // A publish that found room in one queue and none in another is not sent again and again.
    expect(ended.length).toBeLessThan(40)
    expect(quick.payloads.length).toBeLessThanOrEqual(100)
    isHolding = false
    for (const ack of held) ack()
    await Promise.all(publishes)
    await eventually('each arrives', () => new Set(slow.payloads).size === 100 && new Set(quick.payloads).size === 100)
    expect(slow.payloads.length).toBeLessThanOrEqual(200)
    expect(quick.payloads.length).toBeLessThanOrEqual(300)
    await eventually('nothing is held back', async () => (await sender.health()).details.full === 0)
  })

  it('ends as full when nobody makes room', { timeout: 60_000 }, async () => {
    await using world = new World({ url: broker().url, maxQueued: 5, publishTimeoutMs: 2_000 })
    const transport = await world.start()
    const kept = await listen(transport, inbox('away'), { durable: true })
    await kept.subscription.close()
    const ends = numbers(10).map(async i => transport.publish(frameFor(inbox('away'), i), inbox('away')))
    const results = await Promise.allSettled(ends)
    const refused = results
      .filter(({ status }) => status === 'rejected')
      .map(result => (result as PromiseRejectedResult).reason)
    expect(refused).toHaveLength(5)
    for (const error of refused) expect(error).toMatchObject({ code: 'SM_BROKER_FULL', retryable: true })
    const back = await listen(transport, inbox('away'), { durable: true })
    await eventually('what was taken arrives', () => back.payloads.length >= 5)
  })

  it('loses no delayed frame when its queue is full by then', { timeout: 60_000 }, async () => {
    // RabbitMQ tries again every three minutes; the test does not wait for so long.
    await broker().eval('application:set_env(rabbit, dead_letter_worker_publisher_confirm_timeout, 300)')
    await using world = new World({ url: broker().url, maxQueued: 3 })
    const transport = await world.start()
    const held: Array<() => void> = []
    let isHolding = true
    const listening = await listen(transport, inbox('busy'), {
      prefetch: 1,
      onDelivery(delivery) {
        if (listening.deliveries.length === 1) delivery.nack({ delayMs: 200 })
        else if (isHolding) held.push(() => delivery.ack())
        else delivery.ack()
      },
    })
    const ends = numbers(5).map(i => transport.publish(frameFor(inbox('busy'), i), inbox('busy')))
    await Promise.all(ends)
    await eventually('the second is held', () => held.length === 1)
    // By now the first one has tried to come back, and found no room.
    await new Promise(resolve => setTimeout(resolve, 500))
    const client = await world.client()
    expect((await client.checkQueue(`${world.namespace}.listeners.inbox.busy`)).messageCount).toBe(3)
    isHolding = false
    for (const ack of held) ack()
    await eventually('it comes back', () => listening.payloads.filter(payload => payload === 0).length === 2)
    expect(listening.deliveries.at(-1)?.attempt).toBe(2)
  })

  it('drops what has expired in the queue', async () => {
    await using world = new World({ url: broker().url })
    const transport = await world.start()
    const kept = await listen(transport, inbox('away'), { durable: true })
    await kept.subscription.close()
    const now = Date.now()
    await transport.publish(frameFor(inbox('away'), 'late', { expiresAt: now + 50 }), inbox('away'))
    await transport.publish(frameFor(inbox('away'), 'kept', { expiresAt: now + 60_000 }), inbox('away'))
    const client = await world.client()
    const queue = `${world.namespace}.listeners.inbox.away`
    await eventually('one is gone', async () => (await client.checkQueue(queue)).messageCount === 1)
    const message = await next(client, queue)
    expect(JSON.parse(String(message.content))).toBe('kept')
    expect(Number(message.properties.expiration)).toBeGreaterThan(50_000)
  })

  it('refuses what the server finds too large, and loses nothing else', { timeout: 60_000 }, async () => {
    await using world = new World({ url: broker().url })
    const [sender, receiver] = [await world.start(), await world.start()]
    const listening = await listen(receiver, 'order.*')
    const large = async () => sender.publish(frameFor(address, 'x'.repeat(maxMessage)), address)
    const ends = [...numbers(10).map(async i => sender.publish(frameFor(address, i), address)), large()]
    const results = await Promise.allSettled(ends)
    expect(results.slice(0, 10).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect((results[10] as PromiseRejectedResult).reason).toMatchObject({ code: 'SM_FRAME_TOO_LARGE' })
    await expect(large).rejects.toMatchObject({ code: 'SM_FRAME_TOO_LARGE', details: { outcome: 'failed' } })
    await eventually('the others arrive', () => new Set(listening.payloads).size === 10)
  })

  it('refuses a header that does not fit, and carries a long one', async () => {
    await using world = new World({ url: broker().url, maxFrameBytes: 16_000_000 })
    const transport = await world.start()
    const listening = await listen(transport, 'order.*')
    const extensions = (count: number) => Object.fromEntries(numbers(count).map(i => [`x${i}`, 'ü'.repeat(2_000)]))
    for (const level of [{}, once]) {
      await transport.publish(
        frameFor(address, 1, { ...level, extensions: extensions(10), id: 'i'.repeat(500) }),
        address,
      )
      const tooMuch = async () =>
        transport.publish(frameFor(address, 2, { ...level, extensions: extensions(40) }), address)
      await expect(tooMuch).rejects.toMatchObject({ code: 'SM_FRAME_TOO_LARGE', details: { outcome: 'failed' } })
    }
    await eventually('both arrive', () => listening.payloads.length === 2)
    expect(listening.deliveries[0]?.frame.header.extensions).toEqual(extensions(10))
    // An inbox that nobody has is found out by the id, also where that is no property.
    const publish = async () =>
      transport.publish(frameFor(inbox('nobody'), 1, { id: 'i'.repeat(500) }), inbox('nobody'))
    await expect(publish).rejects.toMatchObject({ code: 'SM_ROUTE_NONE' })
  })
})
