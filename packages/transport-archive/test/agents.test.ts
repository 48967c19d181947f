import { mkdirSync, rmSync } from 'node:fs'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { archive } from '../src/index.ts'
import { failureOf, upTo, World } from './world.ts'

const OrderPlaced = defineMessage('order.placed', { schema: unchecked<{ n: number }>() })
const GetQuote = defineMessage('quote.get', { schema: unchecked<{ sku: string }>(), reply: unchecked<number>() })

let namespaces = 0

async function agentIn(world: World, options: object = {}, archiving: object = {}) {
  const agent = await createAgent('shop', {
    namespace: `archived-${process.pid}-${++namespaces}`,
    transports: ['memory', archive({ directory: world.directory, checkMs: 20, ...archiving })],
    logger: 'silent',
    ...options,
  })
  onTestFinished(() => void agent.stop())
  return agent
}

describe('an agent with an archive', () => {
  it('archives what it publishes and requests, and its receipts count receivers alone', async () => {
    const world = new World()
    const agent = await agentIn(world)
    await agent.subscribe(OrderPlaced, () => {})
    await agent.subscribe(GetQuote, () => 7)
    const receipt = await agent.publish(OrderPlaced, { n: 1 })
    expect(receipt).toMatchObject({ evidence: 'accepted', copies: 1, transports: ['memory'] })
    expect(await agent.request(GetQuote, { sku: 'x' }, { to: 'shop' })).toBe(7)
    expect(await agent.publish(OrderPlaced, { n: 2 }, { to: 'shop' })).toMatchObject({ transports: ['memory'] })
    await agent.stop()
    const read = await world.read()
    expect(read.map(({ frame: { header } }) => [header.type, header.to])).toEqual([
      ['order.placed', undefined],
      ['quote.get', 'shop'],
      ['order.placed', 'shop'],
    ])
    expect(read[0]?.frame.header.id).toBe(receipt.id)
  })

  it('stops when everything is archived, though no publish has waited for it', async () => {
    const world = new World()
    const agent = await agentIn(world, {}, { maxWaitingBytes: 2_000 })
    await Promise.all(upTo(500).map(n => agent.publish(OrderPlaced, { n })))
    await agent.stop()
    expect(await world.payloads()).toEqual(upTo(500).map(n => ({ n })))
    expect((await agent.health()).counters).toMatchObject({ published: 500, copiesFailed: 0 })
  })

  it('goes on without an archive that is lost, counts what was not copied, and copies again once it is back', async () => {
    const world = new World()
    const agent = await agentIn(world)
    const handled: number[] = []
    await agent.subscribe(OrderPlaced, ({ n }) => void handled.push(n))
    rmSync(world.directory, { recursive: true })
    await eventually('it is degraded', async () => !(await agent.health()).healthy)
    for (const n of upTo(3)) await agent.publish(OrderPlaced, { n })
    await eventually('all are handled', () => handled.length === 3)
    expect((await agent.health()).counters).toMatchObject({ published: 3, publishFailed: 0, copiesFailed: 3 })
    mkdirSync(world.directory)
    await eventually('it is healthy again', async () => (await agent.health()).healthy)
    await agent.publish(OrderPlaced, { n: 3 })
    await agent.stop()
    expect(await world.payloads()).toEqual([{ n: 3 }])
  })

  it('that requires its copies waits for them, and fails with the code of the archive', async () => {
    const world = new World()
    const agent = await agentIn(world, { copies: 'required' }, { fsync: 'always' })
    const receipt = await agent.publish(OrderPlaced, { n: 1 })
    expect(receipt).toMatchObject({ evidence: 'none', copies: 0, transports: [], archived: ['archive'] })
    expect(await world.payloads()).toEqual([{ n: 1 }])
    rmSync(world.directory, { recursive: true })
    expect(await failureOf(() => agent.publish(OrderPlaced, { n: 2 }))).toMatchObject({ code: 'SM_ARCHIVE_LOST' })
  })

  it('is not subscribed over it, and explains the copy', async () => {
    const world = new World()
    const agent = await agentIn(world, {}, { types: ['order.#'] })
    await agent.subscribe(OrderPlaced, () => {})
    expect(String(agent.explain(OrderPlaced))).toBe(
      [
        'To topic order.placed:',
        '  → memory via group shop: reaches subscribers (subscribed) [will be accepted]',
        '  + archive: gets a copy',
      ].join('\n'),
    )
    expect(String(agent.explain(GetQuote))).toContain('× archive: wants no copy of this type')
  })

  it('takes it from a URL, as SM_TRANSPORTS would name it', async () => {
    const world = new World()
    const url = `archive://${world.directory}?types=order.%23&types=stock.*&compress=zstd&fsync=always&maxFiles=7`
    const agent = await createAgent('shop', { transports: ['memory', url], logger: 'silent', copies: 'required' })
    onTestFinished(() => void agent.stop())
    await agent.publish(OrderPlaced, { n: 1 })
    expect([world.files()[0]?.endsWith('.jsonl.zst'), await world.payloads()]).toEqual([true, [{ n: 1 }]])
  })
})
