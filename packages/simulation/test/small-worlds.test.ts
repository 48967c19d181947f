import { defineMessage, type SmError, unchecked } from '@sm/core'
import { describe, expect, it } from 'vitest'
import {
  type AgentProcess,
  type AgentSpec,
  brokerWire,
  type ExplorationOptions,
  explore,
  type OneFaultOptions,
} from '../src/index.ts'
import { smallWorlds } from '../src/scenario/small-worlds.ts'
import { misbehaving } from './misbehaving.ts'

const world = (name: string) => smallWorlds[name] as ExplorationOptions

describe('every order of events keeps every rule, and there are so many:', () => {
  it.each([
    ['brokers-calm', 133],
    ['brokers-lost-answer', 990],
    ['mesh-calm', 5],
    ['mesh-half-open', 666],
  ])('%s: %i', async (name, expected) => {
    const startedAt = process.cpuUsage()
    const report = await explore(world(name))
    const { user, system } = process.cpuUsage(startedAt)
    console.log(`${name}: ${JSON.stringify(report)}, ${Math.round((user + system) / 1_000)} ms of the processor`)
    expect(report.interleavings).toBe(expected)
  })
})

describe('every order in which a receiver crashes and comes back keeps every rule, with one message and at one instant:', () => {
  const Order = defineMessage('order', { schema: unchecked<number>() })
  const sendOne = ({ agent, clock }: AgentProcess) => {
    const publish = () => void agent.publish(Order, 1, { to: 'receiver', key: 'one' }).catch(() => undefined)
    clock.schedule(publish, 2_000 - clock.elapsed())
  }

  it.each([
    ['brokers-receiver-crash', 146],
    ['mesh-receiver-crash', 595],
  ])(
    '%s: %i',
    async (name, expected) => {
      const { agents, fault, ...rest } = world(name)
      const [sender, ...others] = agents as readonly [AgentSpec, ...AgentSpec[]]
      const small = { ...rest, agents: [{ ...sender, run: sendOne }, ...others] }
      const { interleavings } = await explore({ ...small, fault: { ...(fault as OneFaultOptions), maxMs: 0 } })
      expect(interleavings).toBe(expected)
    },
    60_000,
  )
})

const failure = (options: ExplorationOptions): Promise<SmError> =>
  explore(options).then(
    () => {
      throw new Error('No rule was broken')
    },
    error => error,
  )

/** A wire that counts what it has sent as stored, and forgets it if the answer does not come. */
const forgetful = misbehaving(brokerWire({ broker: { publishTimeoutMs: 1_000 } }), {
  publish: publish => (frame, address, options) =>
    publish(frame, address, options).catch(() => ({ evidence: 'persisted', copies: 1 })),
})

describe('an order that breaks a rule', () => {
  const broken: ExplorationOptions = {
    ...world('brokers-broker-crash'),
    wires: { relay: forgetful },
    fault: { strikes: [{ kind: 'broker-crash', host: 'relay-broker' }] },
    replay: 'again {schedule}',
  }

  it('fails with the command that runs it again, alone', async () => {
    const { code, message, details } = await failure(broken)
    expect(code).toBe('SM_SIMULATION_FAILED')
    expect(details.rules).toContain('nothing-lost')
    expect(message).toContain(`The schedule ${details.schedule} broke`)
    expect(message).toContain(`again ${details.schedule}\n`)
    const again = await failure({ ...broken, schedule: details.schedule as string })
    expect(again.message).toBe(message)
  })

  it('is not among those before it', async () => {
    await expect(explore({ ...broken, schedule: 'first' })).resolves.toMatchObject({ runs: 1 })
  })
})

it('an exploration with too few runs says that it is not whole', async () => {
  const error = await failure({ ...world('brokers-broker-half-open'), maxRuns: 10 })
  expect(error).toMatchObject({ code: 'SM_SIMULATION_UNFINISHED', details: { report: { runs: 10 } } })
  expect(error.message).toContain('10 runs have been made (maxRuns), and there is more')
})

it('an agent that does something else each time is told so', async () => {
  let runs = 0
  const options = world('brokers-broker-half-open')
  const agents = options.agents.map(agent => ({
    ...agent,
    run(process: AgentProcess) {
      runs += 1
      process.clock.schedule(() => undefined, 2_000 + runs - process.clock.elapsed())
      return agent.run(process)
    },
  }))
  const wandering = await failure({ ...options, agents })
  expect(wandering.code).toBe('SM_SIMULATION_WANDERS')
})

it('a run that does not end is ended', async () => {
  const [first, ...others] = world('mesh-calm').agents as [AgentSpec, AgentSpec]
  const run = ({ clock }: AgentProcess) => {
    const again = () => void clock.schedule(again, 0)
    again()
  }
  const error = await failure({ ...world('mesh-calm'), agents: [{ ...first, run }, ...others] })
  expect(error.code).toBe('SM_SIMULATION_ENDLESS')
})

describe('the options of an exploration', () => {
  it.each<[string, object]>([
    ['has no option "strike"', { fault: { strike: [] } }],
    ['has no option "seed"', { seed: 1 }],
    ['There is no fault "flood" to explore', { fault: { strikes: [{ kind: 'flood', host: 'sender-0' }] } }],
    ['There is no "sender-7" for crash', { fault: { strikes: [{ kind: 'crash', host: 'sender-7' }] } }],
    ['There is no "sender-0" for broker-crash', { fault: { strikes: [{ kind: 'broker-crash', host: 'sender-0' }] } }],
    ['The fault may last until', { fault: { strikes: [], maxMs: 60_000 } }],
    ['is no schedule: 3.', { schedule: '3.' }],
    ['schedule belongs to another', { schedule: '0.99' }],
    ['The option maxRuns', { maxRuns: 0 }],
    ['at least one wire', { wires: {} }],
  ])('are refused: %s', async (message, wrong) => {
    await expect(explore({ ...world('brokers-calm'), ...wrong })).rejects.toThrow(message)
  })
})
