import type { Msg } from '@nats-io/transport-node'
import { PendingPublish } from '@sm/brokered'
import { createVirtualClock } from '@sm/core/testing'
import type { Address, Header, TransportReceipt } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { frameFor, once, topic } from '../../../../tooling/test/transport-world.ts'
import type { Session } from '../session.ts'
import { Names } from '../wire/names.ts'
import { AtMostOncePublisher } from './at-most-once-publisher.ts'

const ignore = () => undefined
const self = 'shop/01J8ZQ7XKM3N5P6R8S9TAVBWCX'
const request = { ...once, replyTo: self }

/** A publisher over a server that answers each flush at once, and the numbers of publishes for which it says that nobody is there. */
function setUp() {
  const clock = createVirtualClock()
  const wrote: string[] = []
  let onAnswer: (msg: Msg) => void = ignore
  const session = {
    inbox: '_INBOX.1',
    maxPayload: 1_000_000,
    subscribe: (_subject: string, callback: (msg: Msg) => void) => {
      onAnswer = callback
    },
    publish: () => wrote.push('PUB'),
    roundTrip: async () => void wrote.push('PING'),
  }
  const publisher = new AtMostOncePublisher({
    names: new Names('shop'),
    self,
    clock,
    returnMs: 0,
    format: 'cloudevents',
  })
  publisher.attach(session as unknown as Session)
  const publish = (more: Partial<Header>, address: Address = topic('order.placed')) => {
    const ends: unknown[] = []
    const host = {
      taken: (_: unknown, receipt: TransportReceipt) => ends.push(receipt.evidence),
      failed: (_: unknown, error: unknown) => ends.push((error as { code: string }).code),
      ...{ waits: ignore, overdue: ignore, aborted: ignore },
    }
    const pending = new PendingPublish(frameFor(address, 1, more), address, undefined, host)
    pending.handed()
    publisher.publish(pending)
    return ends
  }
  const unwanted = (number: number) =>
    onAnswer({ data: new Uint8Array(0), headers: { code: 503 }, subject: `_INBOX.1.p.${number}` } as unknown as Msg)
  const turn = async () => {
    for (let i = 0; i < 3; i++) await new Promise(setImmediate)
  }
  return { clock, wrote, publish, unwanted, turn }
}

describe('what is published at most once', () => {
  it('is confirmed at once, and requests and their replies together, a little later', async () => {
    const { clock, wrote, publish, turn } = setUp()
    const [asked, replied] = [publish(request), publish({ ...once, type: 'sm.reply' })]
    await turn()
    expect(wrote).toEqual(['PUB', 'PUB'])
    await clock.advance(5)
    await turn()
    expect([wrote, asked, replied]).toEqual([['PUB', 'PUB', 'PING'], ['accepted'], ['accepted']])
    const told = publish(once)
    await turn()
    expect([wrote.slice(3), told]).toEqual([['PUB', 'PING'], ['accepted']])
  })

  it('by a request of somebody else is like any other', async () => {
    const { wrote, publish, turn } = setUp()
    publish({ ...once, replyTo: 'billing' })
    await turn()
    expect(wrote).toEqual(['PUB', 'PING'])
  })

  it('by very many requests is confirmed without a wait', async () => {
    const { wrote, publish, turn } = setUp()
    for (let i = 0; i < 32; i++) publish(request)
    await turn()
    expect(wrote.filter(what => what === 'PING')).toHaveLength(1)
  })

  it('by a request that nobody takes fails without a wait', async () => {
    const { publish, unwanted, turn } = setUp()
    const asked = publish(request, { kind: 'inbox', agent: 'billing' })
    await turn()
    unwanted(1)
    await turn()
    expect(asked).toEqual(['SM_ROUTE_NONE'])
  })
})
