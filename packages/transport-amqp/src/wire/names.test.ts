import { describe, expect, it } from 'vitest'
import { Names } from './names.ts'

const names = new Names('shop')
const spec = { prefetch: 1, durable: false }
const pattern = (text: string, group = 'billing') =>
  ({ ...spec, target: { kind: 'pattern', pattern: text }, group }) as const
const inbox = (agent: string, instance?: string) =>
  ({ ...spec, target: { kind: 'inbox', agent, instance }, group: 'billing' }) as const

describe('names on the broker', () => {
  it('begin with the namespace and can be read', () => {
    expect(names.queue(pattern('order.#'), 'at-least-once')).toBe('shop.billing.topic.order.#')
    expect(names.queue(pattern('order.*'), 'at-most-once')).toBe('shop.billing.once.topic.order.*')
    expect(names.queue(inbox('billing', '01J8'), 'at-least-once')).toBe('shop.billing.inbox.billing/01J8')
    expect(names.wait('shop.billing.topic.order.#', 1024)).toBe('shop.billing.topic.order.#.wait.1024')
    expect(names.dead).toBe('shop.dead')
  })

  it('lead from an address to those who are bound', () => {
    for (const level of ['at-least-once', 'at-most-once'] as const) {
      const topic = names.binding({ kind: 'topic', topic: 'Order.submit' }, level)
      expect(topic).toEqual({ exchange: names.bindingOf(pattern('order.#'), level).exchange, key: 'Order.submit' })
      const mail = names.binding({ kind: 'inbox', agent: 'billing', instance: '01J8' }, level)
      expect(mail).toEqual(names.bindingOf(inbox('billing', '01J8'), level))
    }
  })

  it('are told apart where parts of them are alike', () => {
    const all = [
      names.queue(pattern('billing'), 'at-least-once'),
      names.queue(inbox('billing'), 'at-least-once'),
      names.queue(pattern('billing.once'), 'at-least-once'),
      names.queue(pattern('billing'), 'at-most-once'),
      names.queue(pattern('topic.billing', 'once'), 'at-least-once'),
      names.queue(pattern('billing', 'once'), 'at-most-once'),
      names.topics,
      names.onceTopics,
      names.dead,
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  it('are cut where AMQP has an end', () => {
    const long = new Names('n'.repeat(63))
    const [a, b] = ['a', 'b'].map(end =>
      long.queue(pattern(`${'x'.repeat(199)}${end}`, `g${'g'.repeat(62)}`), 'at-most-once'),
    )
    expect(Buffer.byteLength(a as string)).toBe(255)
    expect(a).not.toBe(b)
    expect(Buffer.byteLength(long.wait(a as string, 2 ** 31))).toBeLessThanOrEqual(255)
  })
})
