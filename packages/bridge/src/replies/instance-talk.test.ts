import { memory } from '@sm/core/memory'
import { createUlids, type Json, silentLogger, silentMetrics, systemRandom } from '@sm/core/transport'
import { expect, it, onTestFinished } from 'vitest'
import { frameFor, topic } from '../../../../tooling/test/transport-world.ts'
import { bridgeWorld } from '../../test/bridge-world.ts'

it.each<[string, Json]>([
  ['no object', 'open the door'],
  ['nothing', null],
  ['an object without a name', { forMs: 1_000 }],
  ['a name that is none', { replyTo: '../../etc/passwd', forMs: 1_000 }],
  ['a name that is a number', { replyTo: 7, forMs: 1_000 }],
  ['no time', { replyTo: 'shop/01ARZ3NDEKTSV4RRFFQ69G5FAV' }],
  ['a time that is over', { replyTo: 'shop/01ARZ3NDEKTSV4RRFFQ69G5FAV', forMs: -1 }],
])('a word between instances that is %s opens no inbox and crashes nothing', async (_what, word) => {
  const { bridge, settle, namespace, clock } = bridgeWorld()
  const crossing = await bridge('near', 'far', { name: 'talkative' })
  const ids = createUlids(clock, systemRandom)
  const context = { namespace: namespace('far'), agent: 'stranger', instance: ids.next() }
  const ports = { clock, ids, random: systemRandom, logger: silentLogger, metrics: silentMetrics }
  const stranger = memory.definition.create({}, { ...context, ...ports })
  await stranger.start()
  onTestFinished(() => stranger.stop())
  const address = topic('sm.bridge.talkative')
  await stranger.publish(frameFor(address, word), address)
  await settle()
  expect((await crossing.health()).replyInboxes).toBe(0)
  const good = { replyTo: 'shop/01ARZ3NDEKTSV4RRFFQ69G5FAV', forMs: 1e300 }
  await stranger.publish(frameFor(address, good), address)
  await settle()
  expect((await crossing.health()).replyInboxes, 'A good one is followed, within bounds').toBe(1)
  await clock.advance(3_600_000 + 3 * 60_000)
  expect((await crossing.health()).replyInboxes).toBe(0)
})
