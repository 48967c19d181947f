import { randomBytes } from 'node:crypto'
import {
  type Agent,
  createAgent,
  createMemoryDeduplication,
  defineMessage,
  type MigrationReport,
  unchecked,
} from '@sm/core'
import { systemClock } from '@sm/core/transport'
import { nats } from '@sm/transport-nats'
import { redis } from '@sm/transport-redis'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'

interface Order {
  readonly n: number
}

const Placed = defineMessage('order.placed', { schema: unchecked<Order>(), delivery: 'at-least-once' })
const Charge = defineMessage('order.charge', { schema: unchecked<Order>(), delivery: 'at-least-once' })
const Quote = defineMessage('quote.get', { schema: unchecked<Order>(), reply: unchecked<Order>() })

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** How often each agent handled each message, by its number. */
class History {
  readonly handled = new Map<string, Map<number, number>>()

  note(agent: string, n: number): void {
    const counts = this.handled.get(agent) ?? new Map<number, number>()
    this.handled.set(agent, counts.set(n, (counts.get(n) ?? 0) + 1))
  }

  /** Numbers that an agent handled, in order, repeats included. */
  of(agent: string): readonly number[] {
    const counts = this.handled.get(agent) ?? []
    return [...counts].flatMap(([n, count]) => Array<number>(count).fill(n)).sort((a, b) => a - b)
  }
}

describeWithBroker('redis', {}, redisBroker => {
  describeWithBroker('nats', {}, natsBroker => {
    const orders = [
      ['receivers first', (shop: Agent, others: readonly Agent[]) => [...others, shop]],
      ['the sender first', (shop: Agent, others: readonly Agent[]) => [shop, ...others]],
    ] as const
    it.each(orders)('a fleet moves under load, %s: nothing is lost and nothing handled twice', async (_, inOrder) => {
      const namespace = `moving-${randomBytes(6).toString('hex')}`
      const toNats = () => nats({ url: natsBroker().url })
      const history = new History()
      const agents: Agent[] = []
      const join = async (id: string) => {
        const transports = [redis({ url: redisBroker().url })]
        // A store for each, as in processes of their own: what came to two instances would be handled twice.
        const agent = await createAgent(id, {
          namespace,
          transports,
          deduplication: createMemoryDeduplication({ clock: systemClock }),
        })
        agents.push(agent)
        return agent
      }
      try {
        const consumers = [await join('billing'), await join('billing'), await join('audit')]
        for (const agent of consumers) {
          await agent.subscribe(Placed, ({ n }) => history.note(agent.id, n))
          if (agent.id !== 'billing') continue
          await agent.subscribe(Charge, ({ n }) => history.note('billing by name', n))
          await agent.subscribe(Quote, ({ n }) => ({ n: n + 1 }))
        }
        const shop = await join('shop')
        const sent: { placed: number[]; charged: number[]; answered: number } = { placed: [], charged: [], answered: 0 }
        let goesOn = true
        const load = async (first: number) => {
          for (let n = first; goesOn; n += 8) {
            await shop.publish(Placed, { n })
            sent.placed.push(n)
            await shop.publish(Charge, { n }, { to: 'billing' })
            sent.charged.push(n)
            expect(await shop.request(Quote, { n }, { to: 'billing' })).toEqual({ n: n + 1 })
            sent.answered += 1
            await pause(1)
          }
        }
        const loads = Promise.all(Array.from({ length: 8 }, (_, first) => load(first)))
        // A load that fails ends the test, and no sooner than it is awaited.
        loads.catch(() => undefined)
        await pause(500)
        const moves: Promise<MigrationReport>[] = []
        for (const agent of inOrder(shop, consumers)) {
          moves.push(agent.transports.migrate('redis', toNats()))
          await pause(300)
        }
        const reports = await Promise.all(moves)
        // Nobody needs it any more.
        await redisBroker().kill()
        await pause(500)
        goesOn = false
        await loads
        await pause(500)

        expect(agents.map(agent => agent.transports.list().map(({ name }) => name))).toEqual(agents.map(() => ['nats']))
        const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)
        expect(history.of('billing')).toEqual(sorted(sent.placed))
        expect(history.of('audit')).toEqual(sorted(sent.placed))
        expect(history.of('billing by name')).toEqual(sorted(sent.charged))
        for (const report of reports) {
          expect(report).toMatchObject({ handledTwice: 0, handedBack: 0, publishesFailed: 0, isWhole: true })
        }
        const published = reports.map(({ from, to }) => ({ from: from.published, to: to.published }))
        expect(published[inOrder(shop, consumers).indexOf(shop)]?.to).toBeGreaterThan(50)
        expect(reports.reduce((sum, { from }) => sum + from.received, 0)).toBeGreaterThan(50)
      } finally {
        await redisBroker().restart({ fresh: true })
        await Promise.allSettled(agents.map(agent => agent.stop({ drain: false })))
      }
    })
  })
})
