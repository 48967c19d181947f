import { describe, expect, it } from 'vitest'
import { defineMessage, type FailoverOptions, unchecked } from '../src/index.ts'
import { smError } from '../src/transport-author.ts'
import { OrderPlaced, upTo } from './orders.ts'
import { shopWithWires } from './several-wires.ts'

const Task = defineMessage('task', {
  schema: unchecked<{ list: string; n: number }>(),
  key: ({ list }) => list,
  via: 'spread',
  to: 'billing',
})

async function spreadingShop(count = 3, failover: FailoverOptions = {}) {
  const world = await shopWithWires(count, { failover })
  const by = async (n: number, route?: object) =>
    (await world.shop.publish(OrderPlaced, { n }, { to: 'billing', via: 'spread', ...(route && { route }) }))
      .transports[0]
  const keyed = async (list: string, n = 0) => (await world.shop.publish(Task, { list, n })).transports[0] as string
  return { ...world, by, keyed }
}

describe('via spread', () => {
  it('sends each message by one wire, in turn', async () => {
    const { by, names, wires } = await spreadingShop()
    const taken = []
    for (const n of upTo(7)) taken.push(await by(n))
    expect(taken).toEqual([...names, ...names, names[0]])
    expect(new Set(wires.flatMap(({ ids }) => ids)).size).toBe(7)
  })

  it('keeps each key on one wire, in the order of publishing, and uses all', async () => {
    const { keyed, shop, wires, names } = await spreadingShop()
    const wireOf = new Map<string, Set<string>>()
    for (const n of upTo(90)) {
      const list = `list-${n % 30}`
      wireOf.set(list, (wireOf.get(list) ?? new Set()).add(await keyed(list, n)))
    }
    expect([...wireOf.values()].every(({ size }) => size === 1)).toBe(true)
    expect(new Set([...wireOf.values()].flatMap(one => [...one]))).toEqual(new Set(names))
    // Another sender of the same wires puts a key where this one does.
    const sent = upTo(5).map(n => shop.publish(Task, { list: 'same', n }))
    const ids = (await Promise.all(sent)).map(({ id }) => id)
    expect(wires.map(wire => wire.ids.filter(id => ids.includes(id))).filter(({ length }) => length > 0)).toEqual([ids])
  })

  it('hands over to the next wire where one refuses, and says so', async () => {
    const { shop, names, wires } = await spreadingShop()
    wires[0].takes = false
    const sent = shop.publish(OrderPlaced, { n: 1 }, { to: 'billing', via: 'spread' })
    wires[0].pending[0]?.refuse(smError('SM_WIRE_AWAY', 'no', { details: { outcome: 'failed' } }))
    const receipt = await sent
    expect(receipt.transports).toEqual([names[1]])
    expect(receipt.route).toEqual([
      { transport: names[0], failure: expect.objectContaining({ code: 'SM_WIRE_AWAY', outcome: 'failed' }) },
      { transport: names[1], evidence: 'persisted' },
    ])
  })

  it('takes back what has not left a wire that is lost, and leaves that out', async () => {
    const { shop, by, names, wires, settle } = await spreadingShop()
    wires[0].takes = false
    wires[0].leaves = false
    const stuck = shop.publish(OrderPlaced, { n: 0 }, { to: 'billing', via: 'spread' })
    wires[0].lifecycle.become('degraded')
    await settle()
    expect(names.slice(1)).toContain((await stuck).transports[0])
    const taken = []
    for (const n of upTo(4)) taken.push(await by(n))
    expect(new Set(taken)).toEqual(new Set(names.slice(1)))
    expect(String(shop.explain(Task))).toMatch(/· w\d+-1 via broker: in reserve behind w\d+-2: it has lost its wire/)
  })

  it('moves only the keys of a wire that is lost, and back when it has stayed for a while', async () => {
    const { clock, keyed, names, wires } = await spreadingShop()
    const lists = upTo(30).map(n => `list-${n}`)
    const wiresNow = async () => Promise.all(lists.map(list => keyed(list)))
    const before = await wiresNow()
    wires[1].lifecycle.become('degraded')
    const during = await wiresNow()
    for (const [i, name] of before.entries()) if (name !== names[1]) expect(during[i]).toBe(name)
    expect(during).not.toContain(names[1])
    wires[1].lifecycle.become('ready')
    expect(await wiresNow()).toEqual(during)
    await clock.advance(1_000)
    expect(await wiresNow()).toEqual(before)
  })

  it('keeps the other keys on their wires while one wire takes nothing', async () => {
    const { clock, keyed, names, wires, shop } = await spreadingShop()
    const lists = upTo(30).map(n => `list-${n}`)
    const before = new Map<string, string>()
    for (const list of lists) before.set(list, await keyed(list))
    wires[0].takes = false
    const list = lists.find(one => before.get(one) === names[0]) as string
    const stuck = shop.publish(Task, { list, n: 1 }).catch(() => undefined)
    await clock.advance(1_000)
    expect(String(shop.explain(Task))).toContain('it takes nothing (breaker open)')
    for (const one of lists) if (before.get(one) !== names[0]) expect(await keyed(one)).toBe(before.get(one))
    wires[0].pending[0]?.take()
    await stuck
  })

  it('leaves a wire that takes nothing, and tries it again with one message', async () => {
    const { clock, shop, keyed, wires, names } = await spreadingShop(2, { orderMs: 500 })
    const list = await (async () => {
      for (const n of upTo(50)) if ((await keyed(`list-${n}`)) === names[0]) return `list-${n}`
      throw new Error('No key of the first wire')
    })()
    wires[0].takes = false
    const stuck = shop.publish(Task, { list, n: 1 }).catch(() => undefined)
    await clock.advance(1_000)
    // It waits for the one before it with its key, and not for ever.
    const moved = keyed(list)
    await clock.advance(500)
    expect(await moved).toBe(names[1])
    await clock.advance(500)
    wires[0].takes = true
    expect(await keyed(list)).toBe(names[0])
    expect((await shop.health()).breakers).toEqual({})
    for (const publish of [...wires[0].pending]) publish.take()
    await stuck
  })

  it('spares a wire that is avoided, and uses it where nothing else works', async () => {
    const { by, names, wires } = await spreadingShop()
    const route = { avoid: [names[0]] }
    const taken = []
    for (const n of upTo(4)) taken.push(await by(n, route))
    expect(new Set(taken)).toEqual(new Set(names.slice(1)))
    for (const wire of wires.slice(1)) wire.lifecycle.become('degraded')
    expect(await by(9, route)).toBe(names[0])
  })
})
