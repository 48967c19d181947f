import { oneWay } from '../one-way.ts'
import type { Scenario, Subject } from '../scenario.ts'
import type { Target } from '../target.ts'

const wires = ['reserve-a', 'reserve-b', 'reserve-c']

/** A publish to one agent over memory, alone and with three more wires behind it. */
function scenario(delivery: 'at-most-once' | 'at-least-once'): Scenario {
  const open = (isAlone: boolean) => async () => {
    const { smartMessageOneWay } = await import('../systems/smartmessage.ts')
    const { idleWire } = await import('../systems/idle-wire.ts')
    const reserve = isAlone ? [] : wires.map((name, i) => idleWire(name, 50 + i))
    const directOver = ['memory', ...reserve]
    return oneWay(smartMessageOneWay({ delivery, transports: ['memory'], directOver }), {
      bodyBytes: 128,
      subscribers: 1,
    })
  }
  const subjects: readonly Subject[] = [
    { system: 'one wire', delivery, open: open(true) },
    {
      system: 'four wires',
      delivery,
      against: { system: 'one wire', target: 0.9, by: 'processor' },
      open: open(false),
    },
  ]
  return { name: `publish to one agent, ${delivery}`, question: 'rate', subjects }
}

/** How long a plan takes for an agent with four wires, for each of 1,000 receivers in turn. */
const planning: Scenario = {
  name: 'plan',
  question: 'latency',
  subjects: [
    {
      system: 'four wires, 1,000 receivers',
      delivery: 'none',
      aims: [{ figure: 'p50us', atMost: 5 }],
      open: async () => (await import('../systems/plan.ts')).planning(wires, 1_000),
    },
  ],
}

/** The choice of the wire: what it costs. */
export const routing: Target = { scenarios: [scenario('at-most-once'), scenario('at-least-once'), planning] }
