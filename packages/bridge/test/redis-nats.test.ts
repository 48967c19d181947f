import { connect } from '@nats-io/transport-node'
import { createAgent, type Header } from '@sm/core'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { numbers } from '../../../tooling/test/transport-world.ts'
import { createBridge } from '../src/index.ts'
import { Placed } from './bridge-world.ts'
import { keepsItsPromises } from './keeps-its-promises.ts'
import { quick, TwoWires } from './two-wires.ts'

describeWithBroker('redis', {}, redis => {
  describeWithBroker('nats', {}, nats => {
    const redisWire = () => ({ redis: { url: redis().url, ...quick } })
    const natsWire = () => ({ nats: { url: nats().url, ...quick } })

    keepsItsPromises(() => ({ near: redisWire(), far: natsWire() }))

    it('what is published while the far server is down arrives once it is back, in order of each sender', async () => {
      await using world = await TwoWires.between(redisWire(), natsWire())
      const [instance] = await world.start(1)
      const shop = await world.agent('shop', 'near')
      await world.publish(shop, 0, 50)
      await eventually('they arrive', () => world.missing.length === 0)
      await nats().kill()
      await world.publish(shop, 50, 50)
      const health = await world.health(instance as NonNullable<typeof instance>)
      expect(health.counters.forwarded, 'Nothing is told as done that the far side has not').toBeLessThanOrEqual(50)
      await nats().restart()
      await eventually(
        () => `${world.missing.length} are missing`,
        () => world.missing.length === 0,
      )
      expect(world.arrivedOf(shop)).toEqual(world.acknowledged.get('shop'))
    })

    it('several messages of one sender under way cross in order', async () => {
      await using world = await TwoWires.between(redisWire(), natsWire())
      await world.start(1, { maxInFlight: 64 })
      const shop = await world.agent('shop', 'near')
      await Promise.all(numbers(500).map(n => shop.publish(Placed, { n })))
      await eventually('all arrive', () => world.arrivals.length >= 500)
      expect(world.arrivals.map(({ n }) => n)).toEqual(numbers(500))
    })

    it('what is too large for the far side is a dead letter of the near one, and others go on', async () => {
      const far = { nats: { url: nats().url, ...quick, maxFrameBytes: 20_000 } }
      await using world = await TwoWires.between(redisWire(), far)
      const [instance] = await world.start(1)
      const shop = await world.agent('shop', 'near')
      await shop.publish(Placed, { n: 1, text: 'x'.repeat(30_000) })
      await world.publish(shop, 2, 1)
      await eventually('the next crosses', () => world.missing.length === 0)
      expect(world.arrivals.map(({ n }) => n)).toEqual([2])
      const client = new Redis(redis().url)
      const [letter] = await eventually('it is kept', async () => {
        const letters = await client.xrange(`{${world.namespace}}:dead`, '-', '+')
        return letters.length > 0 && letters
      })
      expect(JSON.stringify(letter)).toContain('SM_BRIDGE_REFUSED')
      const { counters } = await world.health(instance as NonNullable<typeof instance>)
      expect(counters).toMatchObject({ rejected: 1, forwarded: 1 })
      client.disconnect()
    })

    it('what waits in a durable subscription crosses when an instance starts', async () => {
      await using world = await TwoWires.between(redisWire(), natsWire())
      const durable = { durable: true, name: 'kept' }
      const [first] = await world.start(1, durable)
      await first?.ask('stop')
      const shop = await world.agent('shop', 'near')
      await world.publish(shop, 0, 20)
      expect(world.arrivals).toEqual([])
      await world.start(1, durable)
      await eventually('they arrive', () => world.missing.length === 0)
      expect(world.arrivals).toHaveLength(20)
    })

    it('foreign CloudEvents cross as they are, from Redis to NATS and back', async () => {
      const namespace = `foreign-${Date.now().toString(36)}`
      const common = { namespace, types: ['com.example.#'], logger: 'silent' } as const
      await using over = await createBridge({ ...common, from: redisWire(), to: natsWire() })
      await using back = await createBridge({ ...common, from: natsWire(), to: redisWire() })
      const clients = { redis: new Redis(redis().url), nats: await connect({ servers: nats().url }) }
      const listening = new Redis(redis().url)
      const onRedis: Array<Record<string, unknown>> = []
      const onNats: Array<Record<string, unknown>> = []
      listening.on('message', (_, message) => void onRedis.push(JSON.parse(message)))
      await listening.subscribe(`{${namespace}}:topic:com.example.Thing-Made`)
      const told = clients.nats.subscribe(`${namespace}.topic.com.example.Thing-Made`, {
        callback: (_, message) => {
          const attributes = [...(message.headers?.keys() ?? [])].map(name => [name, message.headers?.get(name)])
          onNats.push({ ...Object.fromEntries(attributes), data: message.json() })
        },
      })
      await clients.nats.flush()
      const event = (id: string) => ({
        ...{ specversion: '1.0', id, source: 'urn:example:till#7', type: 'com.example.Thing-Made' },
        ...{ subject: 'things/7', dataschema: 'https://example.com/schema', tenant: 'Müller & Söhne' },
        ...{ time: '2026-01-02T03:04:05.678Z', data: { nested: [1, null, 'ü'] } },
      })
      await clients.redis.publish(`{${namespace}}:topic:com.example.Thing-Made`, JSON.stringify(event('from redis 1')))
      clients.nats.publish(`${namespace}.topic.com.example.Thing-Made`, JSON.stringify(event('from-nats-2')))
      await eventually('both cross', () => onRedis.length >= 2 && onNats.length >= 2)

      const crossed = onNats.find(attributes => decodeURIComponent(String(attributes['ce-id'])) === 'from redis 1')
      expect(crossed).toMatchObject({
        'ce-type': 'com.example.Thing-Made',
        'ce-time': '2026-01-02T03:04:05.678Z',
        'ce-smhops': '1',
        data: { nested: [1, null, 'ü'] },
      })
      expect(decodeURIComponent(String(crossed?.['ce-source']))).toBe('urn:example:till#7')
      expect(decodeURIComponent(String(crossed?.['ce-tenant']))).toBe('Müller & Söhne')
      expect(onRedis.find(({ id }) => id === 'from-nats-2')).toMatchObject({ ...event('from-nats-2'), smhops: '1' })
      // A round trip later neither has come back.
      expect([onRedis.length, onNats.length]).toEqual([2, 2])
      expect((await over.health()).counters).toMatchObject({ forwarded: 1, loops: 1, badMarks: 0 })
      expect((await back.health()).counters).toMatchObject({ forwarded: 1, loops: 1, badMarks: 0 })
      told.unsubscribe()
      listening.disconnect()
      clients.redis.disconnect()
      await clients.nats.close()
    })

    it('two bridges in one process, one in each direction, let nothing circle', async () => {
      const namespace = `both-${Date.now().toString(36)}`
      const common = { namespace, types: ['#'], logger: 'silent' } as const
      await using over = await createBridge({ ...common, from: redisWire(), to: natsWire() })
      await using back = await createBridge({ ...common, from: natsWire(), to: redisWire() })
      await using here = await createAgent('here', { namespace, transports: redisWire() })
      await using there = await createAgent('there', { namespace, transports: natsWire() })
      const got: Array<readonly [string, Header]> = []
      for (const agent of [here, there]) {
        await agent.subscribe(Placed, (_, { header }) => void got.push([agent.id, header]))
      }
      await here.publish(Placed, { n: 1 })
      await there.publish(Placed, { n: 2 })
      await eventually('each has both', () => got.length >= 4)
      await here.publish(Placed, { n: 3 })
      await eventually('and the next', () => got.length >= 6)
      expect(got).toHaveLength(6)
      const counters = [(await over.health()).counters, (await back.health()).counters]
      expect(counters).toMatchObject([
        { forwarded: 2, loops: 1 },
        { forwarded: 1, loops: 2 },
      ])
    })
  })
})
