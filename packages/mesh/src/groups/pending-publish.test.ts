import { type Address, smError } from '@sm/core/transport'
import { describe, expect, it, vi } from 'vitest'
import { createConsumer, createWorld, makeFrame, settle, topic, topicSpec } from '../../test/world.ts'

const timeout = smError('SM_PUBLISH_TIMEOUT', 'Too slow')

/** A shop, and billing with room for one frame, which it does not take. */
async function createScene(groups = ['billing']) {
  const world = createWorld()
  const shop = await world.open('shop')
  const billing = await world.open('billing', { windowBytes: 100 })
  const consumers = groups.map(() => createConsumer(() => undefined))
  for (const [i, group] of groups.entries())
    billing.subscribe(topicSpec(group, 1), consumers[i]?.take ?? (() => undefined))
  await settle()
  return { world, shop, billing, consumers }
}

describe('a publish that is given up', () => {
  it('while it waits for room has failed, and is never sent', async () => {
    const { world, shop, consumers } = await createScene()
    for (const id of ['1', '2']) await Promise.race([shop.publish(makeFrame(id, 1), topic), settle()])
    const controller = new AbortController()
    const outcome = Promise.resolve(shop.publish(makeFrame('3', 1), topic, { signal: controller.signal })).catch(
      (error: unknown) => error,
    )
    controller.abort(timeout)
    await world.clock.advance(100)
    expect(await outcome).toBe(timeout)
    for (let i = 0; i < 5; i++) {
      for (const delivery of consumers[0]?.deliveries ?? []) delivery.ack()
      await settle()
    }
    expect(consumers[0]?.ids).toEqual(['1', '2'])
    expect(shop.health().details.waiting).toBe(0)
  })

  it('while it is under way may have arrived: unknown', async () => {
    const { world, shop } = await createScene()
    world.net.stall()
    const controller = new AbortController()
    const outcome = Promise.resolve(shop.publish(makeFrame('1', 1), topic, { signal: controller.signal })).catch(
      (error: unknown) => error,
    )
    controller.abort(timeout)
    await world.clock.advance(100)
    expect(await outcome).toMatchObject({ code: 'SM_PUBLISH_TIMEOUT', details: { outcome: 'unknown' }, cause: timeout })
  })

  it('keeps a reason of its own user as it is', async () => {
    const { world, shop } = await createScene()
    world.net.stall()
    const reason = new Error('changed my mind')
    const signal = AbortSignal.abort(reason)
    const outcome = Promise.resolve(shop.publish(makeFrame('1', 1), topic, { signal })).catch((error: unknown) => error)
    await world.clock.advance(100)
    expect(await outcome).toBe(reason)
  })

  it('after one group has it is unknown, although the other will not get it', async () => {
    const { world, shop, billing, consumers } = await createScene(['billing'])
    const audit = createConsumer(() => undefined)
    for (const id of ['1', '2']) await Promise.race([shop.publish(makeFrame(id, 1), topic), settle()])
    billing.subscribe(topicSpec('audit', 9), audit.take)
    await settle()
    const controller = new AbortController()
    const outcome = Promise.resolve(shop.publish(makeFrame('3', 1), topic, { signal: controller.signal })).catch(
      (error: unknown) => error,
    )
    await settle()
    expect(audit.ids).toEqual(['3'])
    controller.abort(timeout)
    await world.clock.advance(100)
    expect(await outcome).toMatchObject({ details: { outcome: 'unknown' } })
    expect(consumers[0]?.ids).toEqual(['1'])
  })

  it('leaves no listener behind when it was not', async () => {
    const { shop, world, consumers } = await createScene()
    for (const id of ['1', '2']) await Promise.race([shop.publish(makeFrame(id, 1), topic), settle()])
    const { signal } = new AbortController()
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    const receipt = shop.publish(makeFrame('3', 1), topic, { signal })
    await world.clock.advance(100)
    for (let i = 0; i < 3; i++) {
      for (const delivery of consumers[0]?.deliveries ?? []) delivery.ack()
      await settle()
    }
    await receipt
    expect(add).toHaveBeenCalledOnce()
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener))
  })
})

describe('a publish that meets a consumer as it leaves', () => {
  /** A slow wire, on which the shop hears of the end of the consumer only after it has published. */
  async function leaving(end: 'close' | 'stop', spec = topicSpec('billing')) {
    const world = createWorld()
    const shop = await world.open('shop')
    const billing = await world.open('billing')
    const consumer = createConsumer()
    const subscription = billing.subscribe(spec, consumer.take)
    await settle()
    world.net.delay(20)
    if (end === 'close') void subscription.close()
    else void billing.stop()
    return { world, shop, consumer }
  }

  /** How a publish ends within a time that is far below the grace. */
  async function outcome({ world, shop }: Awaited<ReturnType<typeof leaving>>, address: Address = topic) {
    const end = Promise.resolve(shop.publish(makeFrame('late', 1), address)).catch((error: unknown) => error)
    await world.clock.advance(200)
    return Promise.race([end, settle().then(() => 'it waits')])
  }

  it.each(['close', 'stop'] as const)('is as one after its %s: nobody was there', async end => {
    const scene = await leaving(end)
    expect(await outcome(scene)).toEqual({ evidence: 'none', copies: 0 })
    expect(scene.consumer.ids).toEqual([])
    expect(scene.shop.health().details).toMatchObject({ waiting: 0, abandoned: 0 })
  })

  it('reaches the other groups', async () => {
    const scene = await leaving('close')
    const other = createConsumer()
    scene.shop.subscribe(topicSpec('audit'), other.take)
    expect(await outcome(scene)).toEqual({ evidence: 'accepted', copies: 1 })
    expect(other.ids).toEqual(['late'])
  })

  it('to its inbox has failed, and nobody can have got it', async () => {
    const inbox = { kind: 'inbox', agent: 'billing', instance: undefined } as const
    const scene = await leaving('stop', { ...topicSpec('billing'), target: inbox })
    expect(await outcome(scene, inbox)).toMatchObject({ code: 'SM_ROUTE_NONE', details: { outcome: 'failed' } })
  })
})

describe('a recall', () => {
  /** Two publishes that billing has been sent and has not confirmed, and one that waits for room. */
  async function createFull() {
    const scene = await createScene()
    scene.world.net.stall()
    const outcomes = ['1', '2', '3'].map(id =>
      Promise.resolve(scene.shop.publish(makeFrame(id, 1), topic)).catch((error: unknown) => error),
    )
    await settle()
    return { ...scene, outcomes }
  }

  it('says of each publish whether it may have left, those that have first', async () => {
    const { shop } = await createFull()
    const asked: [string, boolean][] = []
    shop.recall(({ header: { id } }, mayHaveLeft) => {
      asked.push([id, mayHaveLeft])
      return false
    })
    expect(asked).toEqual([
      ['1', true],
      ['2', false],
      ['3', false],
    ])
  })

  it('ends those that are chosen: what had not left is never sent', async () => {
    const { shop, outcomes } = await createFull()
    shop.recall((_frame, mayHaveLeft) => !mayHaveLeft)
    for (const outcome of outcomes.slice(1)) {
      expect(await outcome).toMatchObject({ code: 'SM_PUBLISH_RECALLED', details: { outcome: 'failed' } })
    }
    expect(shop.health().details.waiting).toBe(0)
    shop.recall(() => true)
    expect(await outcomes[0]).toMatchObject({ code: 'SM_PUBLISH_RECALLED', details: { outcome: 'unknown' } })
  })
})
