import assert from 'node:assert/strict'
import { createAgent, defineMessage, type TransportState, unchecked } from '@sm/core'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { createHub } from '../src/index.ts'
import { FaultyProxy } from './faulty-proxy.ts'

const Greeting = defineMessage('greeting', { schema: unchecked<{ name: string }>(), reply: unchecked<string>() })
const News = defineMessage('news', { schema: unchecked<number>() })

const token = 'known to the agents of this test'
const reconnect = { initialMs: 5, maxMs: 50 }

async function greets(transports: readonly [object, object]): Promise<string> {
  const [one, other] = transports
  await using host = await createAgent('host', { transports: { websocket: one } })
  await host.subscribe(Greeting, ({ name }) => `Hello, ${name}`).ready
  await using guest = await createAgent('guest', { transports: { websocket: other } })
  return await guest.request(Greeting, { name: 'Ada' }, { to: 'host' })
}

describe('agents at a hub', () => {
  it('reach each other although neither can be called', async () => {
    await using hub = createHub({ token })
    const url = await hub.listen({ port: 0, path: '/agents' })
    assert.match(url, /^ws:\/\/127\.0\.0\.1:\d+\/agents$/)
    assert.equal(
      await greets([
        { url, token },
        { url, token },
      ]),
      'Hello, Ada',
    )
    await eventually('the hub has forgotten both', () => hub.health.guests === 0 && hub.health.streams === 0)
    assert.equal(hub.health.faults, 0)
  })

  it('are reached by those of its own process without a socket', async () => {
    await using hub = createHub({ token })
    const url = await hub.listen({ port: 0 })
    assert.equal(await greets([{ hub }, { url, token }]), 'Hello, Ada')
    assert.equal(await greets([{ url, token }, { hub }]), 'Hello, Ada')
    assert.equal(await greets([{ hub }, { hub }]), 'Hello, Ada')
  })

  it('are chosen by URL, and find the token in the environment', async () => {
    await using hub = createHub({ token })
    const url = await hub.listen({ port: 0 })
    process.env.SM_WEBSOCKET_TOKEN = token
    try {
      await using one = await createAgent('one', { transports: [url] })
      await using two = await createAgent('two', { transports: [url] })
      await one.subscribe(Greeting, () => 'here').ready
      assert.equal(await two.request(Greeting, { name: 'one' }, { to: 'one' }), 'here')
    } finally {
      delete process.env.SM_WEBSOCKET_TOKEN
    }
  })

  it('never send the token', async () => {
    await using hub = createHub({ token })
    const proxy = new FaultyProxy(Number(new URL(await hub.listen({ port: 0 })).port), true)
    const url = `ws://127.0.0.1:${await proxy.listen()}`
    await greets([
      { url, token },
      { url, token },
    ])
    await proxy.close()
    assert.ok(proxy.seen.length > 1_000, 'Nothing went through the proxy')
    assert.ok(!proxy.seen.includes(token))
  })

  it('wait with what is sent at least once while the hub is away, and lose none of it', async () => {
    const first = createHub({ token })
    const url = await first.listen({ port: 0 })
    const transports = { websocket: { url, token, reconnect } }
    await using shop = await createAgent('shop', { transports })
    await using office = await createAgent('office', { transports })
    const got: number[] = []
    const direct: number[] = []
    await office.subscribe(News, number => void got.push(number), { only: 'broadcast' })
    await office.subscribe(News, number => void direct.push(number), { only: 'direct' })
    await shop.publish(News, 0)
    await first.close()
    const publishing = [shop.publish(News, 1), shop.publish(News, 2, { to: 'office' })]
    const degraded = async () => (await shop.health()).transports.websocket?.state === 'degraded'
    while (!(await degraded())) await new Promise(resolve => setTimeout(resolve, 5))
    publishing.push(shop.publish(News, 3))
    let settled = 0
    const done = () => {
      settled += 1
    }
    for (const publish of publishing) void publish.then(done, done)
    // Whether who is addressed is there, nobody knows: what may be lost is told so at once, the rest waits.
    const losable = { to: 'office', delivery: 'at-most-once' } as const
    await assert.rejects(shop.publish(News, 4, losable), { code: 'SM_WIRE_AWAY', retryable: true })
    publishing.push(shop.publish(News, 5, { to: 'office' }))
    assert.match(String(shop.explain(News, { to: 'office' })), /websocket: has lost its wire/)
    await new Promise(resolve => setTimeout(resolve, 100))
    assert.equal((await shop.health()).outbox.messages > 0, true)
    assert.equal(settled, 0, 'A publish has ended while nobody could be reached')
    await using second = createHub({ token })
    await second.listen({ port: Number(new URL(url).port) })
    for (const { evidence } of await Promise.all(publishing)) assert.equal(evidence, 'accepted')
    await eventually('all of it is handled', () => got.length >= 3 && direct.length >= 2)
    assert.deepEqual(
      [got.toSorted(), direct.toSorted()],
      [
        [0, 1, 3],
        [2, 5],
      ],
    )
    assert.equal(second.health.faults, 0)
  })

  it('go on when the hub has been away, and know that it is', async () => {
    const first = createHub({ token })
    const url = await first.listen({ port: 0 })
    const options = { url, token, reconnect }
    await using one = await createAgent('one', { transports: { websocket: options } })
    await using lonely = await createAgent('lonely', { namespace: 'lonely', transports: { websocket: options } })
    const got: number[] = []
    await one.subscribe(News, number => void got.push(number)).ready
    const stateOf = async (agent: typeof one) => (await agent.health()).transports.websocket?.state
    await first.close()
    const all = async (state: TransportState) => {
      for (const agent of [one, lonely]) {
        while ((await stateOf(agent)) !== state) await new Promise(resolve => setTimeout(resolve, 5))
      }
    }
    await all('degraded')
    await using second = createHub({ token })
    await second.listen({ port: Number(new URL(url).port) })
    await all('ready')
    await using two = await createAgent('two', { transports: { websocket: options } })
    await two.publish(News, 7)
    await eventually('the message arrives', () => got.length > 0)
    assert.deepEqual(got, [7])
    assert.equal(second.health.guests, 3)
  })

  it('carry much at once in both directions', { timeout: 60_000 }, async () => {
    await using hub = createHub({ windowBytes: 65_536 })
    const url = await hub.listen({ port: 0 })
    const Bulk = defineMessage('bulk', { schema: unchecked<{ i: number; body: string }>() })
    const agents = await Promise.all(['a', 'b', 'c'].map(id => createAgent(id, { transports: { websocket: { url } } })))
    const got = new Map(agents.map(({ id }) => [id, 0]))
    const body = 'x'.repeat(200_000)
    for (const agent of agents) {
      await agent.subscribe(Bulk, message => {
        assert.equal(message.body.length, body.length)
        got.set(agent.id, (got.get(agent.id) ?? 0) + 1)
      }).ready
    }
    const each = 40
    await Promise.all(agents.flatMap(agent => Array.from({ length: each }, (_, i) => agent.publish(Bulk, { i, body }))))
    await eventually('everybody has all of it', () => [...got.values()].every(count => count === 3 * each))
    await Promise.all(agents.map(agent => agent.stop()))
    assert.equal(hub.health.faults, 0)
  })
})
