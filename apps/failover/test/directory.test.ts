import { randomUUID } from 'node:crypto'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import '@sm/transport-amqp'
import '@sm/transport-named-pipes'
import '@sm/transport-nats'
import '@sm/transport-redis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Broker, brokerAbsence, brokerNames, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'

const Order = defineMessage('order.placed', { schema: unchecked<number>() })

const absent = brokerNames.some(name => brokerAbsence(name) !== undefined)
let brokers: readonly Broker[] = []

beforeAll(async () => {
  if (!absent) brokers = await Promise.all(brokerNames.map(name => startBroker(name)))
})

afterAll(async () => {
  for (const broker of brokers) await broker[Symbol.asyncDispose]()
})

const names = ['named-pipes', ...brokerNames]

it.skipIf(absent)('agents on four wires know each other on each, and what one is not on is left out', async () => {
  const namespace = `directory-${randomUUID()}`
  const transports = ['named-pipes', ...brokers.map(({ url }) => url)]
  const shop = await createAgent('shop', { namespace, transports })
  const waiting = shop.waitFor('billing')
  const numbers: number[] = []
  const billing = await createAgent('billing', { namespace, transports })
  await billing.subscribe(Order, n => void numbers.push(n))
  expect((await waiting)[0]).toMatchObject({ agent: 'billing', sameProcess: true })
  await using audit = await createAgent('audit', { namespace, transports: [brokers[0]?.url as string] })
  await audit.subscribe(Order, n => void numbers.push(-n))

  const wires = () => shop.directory.get('billing')[0]?.wires ?? {}
  await eventually('billing is heard on each wire', () => Object.keys(wires()).length === names.length)
  expect(Object.keys(wires()).toSorted()).toEqual(names.toSorted())
  for (const name of brokerNames) expect(wires()[name]).toMatchObject({ evidence: 'heard', state: 'ready' })
  expect(wires()['named-pipes']).toMatchObject({ evidence: 'subscribed', ageMs: 0 })

  const ways = (to?: string) => shop.explain(Order, to === undefined ? {} : { to })
  await eventually('everyone is known', () => ways().active === 1 && ways('audit').routes.length === 1)
  expect(ways('audit').routes.map(({ transport }) => transport)).toEqual([brokerNames[0]])
  expect(String(ways('audit'))).toContain('the receiver was not heard there')
  expect((await shop.publish(Order, 1)).transports).toEqual([brokerNames[0]])
  await eventually('both have it', () => numbers.length === 2)
  expect(numbers.toSorted((a, b) => a - b)).toEqual([-1, 1])

  await billing.stop()
  await eventually('it is gone at once', () => shop.directory.get('billing').length === 0)
  await shop.stop()
})
