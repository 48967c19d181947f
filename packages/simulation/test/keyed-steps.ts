import { defineMessage, unchecked } from '@sm/core'
import type { SimulationOptions } from '../src/options.ts'
import { failover } from '../src/scenario/failover.ts'
import { misbehaving } from './misbehaving.ts'

const Step = defineMessage('keyed.step', { schema: unchecked<number>(), key: n => `list-${n % 2}` })

/** When nothing more is published, in milliseconds. */
const busyUntilMs = 20_000

/** Which message of a key is on which wire, by its number, and what was given to a wire while one before it was on another. */
class KeyWatch {
  readonly overtaken: string[] = []
  readonly #open = new Map<string, Map<number, string>>()

  began(key: string, number: number, wire: string): void {
    const open = this.#open.get(key) ?? new Map<number, string>()
    this.#open.set(key, open)
    for (const [before, other] of open) {
      if (before < number && other !== wire)
        this.overtaken.push(`${key}: ${number} went by ${wire} while ${before} was on ${other}`)
    }
    open.set(number, wire)
  }

  ended(key: string, number: number): void {
    this.#open.get(key)?.delete(number)
  }
}

/** A publisher of messages with keys over a broker that fails and a mesh in reserve: they wait for each other for as long as it takes. */
export function keyedSteps(seed: number): SimulationOptions {
  const watch = new KeyWatch()
  const base = failover(seed, { kinds: ['cut'] })
  const watched = Object.entries(base.wires).map(([name, wire]) => [
    name,
    misbehaving(wire, {
      publish: publish => async (frame, address, options) => {
        const { key, extensions } = frame.header
        const number = Number(extensions?.smorder?.split('-')[1])
        if (key === undefined) return publish(frame, address, options)
        watch.began(key, number, name)
        try {
          return await publish(frame, address, options)
        } finally {
          watch.ended(key, number)
        }
      },
    }),
  ])
  const options = { durable: 'preferred', publishTimeoutMs: 15_000, presence: false } as const
  return {
    ...base,
    wires: Object.fromEntries(watched),
    agents: [
      {
        id: 'shop',
        options: { ...options, failover: { orderMs: Number.POSITIVE_INFINITY } },
        async run({ agent, clock, sleep, signal }) {
          for (let n = 1; clock.elapsed() < busyUntilMs && !signal.aborted; n++) {
            await sleep(20)
            agent.publish(Step, n, { to: 'billing' }).catch(() => undefined)
          }
        },
      },
      { id: 'billing', options, run: ({ agent }) => agent.subscribe(Step, () => undefined) },
    ],
    check: () => watch.overtaken.slice(0, 5),
    replay: 'keyedSteps({seed})',
  }
}
