import { defineMessage, type SmError, unchecked } from '@sm/core'
import { describe, expect, it } from 'vitest'
import { type AgentProcess, brokerWire, meshWire, type SimulationOptions, simulate } from '../src/index.ts'

const Job = defineMessage('job', { schema: unchecked<number>() })

/** A sender of jobs, four a second for five seconds. */
async function send({ agent, sleep }: AgentProcess): Promise<void> {
  for (let n = 0; n < 20; n++) {
    await sleep(250)
    void agent.publish(Job, n, { to: 'worker' }).catch(() => undefined)
  }
}

async function takeJobs({ agent }: AgentProcess): Promise<void> {
  await agent.subscribe(Job, () => undefined)
}

const world: SimulationOptions = {
  seed: 1,
  wires: { lan: meshWire(), bus: brokerWire() },
  agents: [
    { id: 'sender', run: send },
    { id: 'worker', run: takeJobs },
  ],
  faults: false,
  durationMs: 10_000,
}

const failure = async (options: Partial<SimulationOptions>): Promise<SmError> =>
  simulate({ ...world, ...options }).then(
    () => {
      throw new Error('No rule was broken')
    },
    error => error,
  )

describe('a run', () => {
  it('has a history: who published what, and who has handled it', async () => {
    const { history, violations } = await simulate(world)
    expect(violations).toEqual([])
    expect(history.processes.map(({ agent, end }) => [agent, end])).toEqual(
      expect.arrayContaining([
        ['sender', undefined],
        ['worker', undefined],
      ]),
    )
    const ok = history.publishes.filter(({ outcome }) => outcome === 'ok')
    expect(ok.length).toBeGreaterThanOrEqual(18)
    for (const { transports } of ok) expect(transports).toEqual(['lan'])
    expect(history.handlings.map(({ publish, outcome, agent }) => [publish, outcome, agent])).toEqual(
      ok.map(({ number }) => [number, 'done', 'worker']),
    )
  })

  it('goes over the wires that its agents have', async () => {
    const agents = world.agents.map(agent => ({ ...agent, wires: ['bus'] }))
    const { history } = await simulate({ ...world, agents })
    const wires = new Set(history.publishes.flatMap(({ transports }) => transports ?? []))
    expect([...wires]).toEqual(['bus'])
  })

  it('takes little real time', async () => {
    const { events } = await simulate({ ...world, durationMs: 600_000 })
    expect(events).toBeGreaterThan(1_000)
  })
})

describe('a rule of one’s own', () => {
  it('fails the run, with the command that replays it and the report', async () => {
    const error = await failure({
      seed: 4_711,
      check: ({ publishes }) => (publishes.length > 0 ? ['somebody has published'] : []),
      replay: 'vitest run world --seed {seed}',
    })
    expect(error).toMatchObject({
      code: 'SM_SIMULATION_FAILED',
      details: { seed: 4_711, rules: ['check'], report: { seed: 4_711 } },
    })
    expect(error.message).toContain('Seed 4711 broke a rule. To replay it:\n\n    vitest run world --seed 4711\n')
    expect(error.message).toContain('check: somebody has published')
    expect(error.message).toContain('There were no faults.')
  })

  it('looks at the processes that run at the end', async () => {
    const error = await failure({ settled: processes => processes.map(({ agent }) => `${agent.id} runs`).sort() })
    expect(error.message).toContain('settled: sender runs')
    expect(error.message).toContain('settled: worker runs')
  })
})

it('an agent whose code throws fails the run', async () => {
  const error = await failure({
    agents: [
      ...world.agents,
      {
        id: 'broken',
        run: async ({ sleep }) => {
          await sleep(100)
          throw new Error('it does not work')
        },
      },
    ],
  })
  expect(error.message).toContain('agent-code: The code of broken threw: it does not work')
})

describe('a fault', () => {
  /** A run with one fault of one kind. */
  const withFault = (kind: 'crash' | 'power-loss' | 'restart' | 'partition' | 'broker-crash', seed = 3) =>
    simulate({
      ...world,
      seed,
      agents: world.agents.map(agent => ({ ...agent, options: { durable: 'preferred' } as const })),
      faults: { kinds: [kind], count: 1, fromMs: 1_500, untilMs: 5_000, maxMs: 3_000 },
      durationMs: 60_000,
    })

  it.each([
    ['crash', 'crashed'],
    ['power-loss', 'lost-power'],
    ['restart', 'left'],
  ] as const)('%s ends a process, and another is started in its place', async (kind, end) => {
    const { history } = await withFault(kind)
    const [fault] = history.faults
    const struck = history.processes.filter(({ host }) => host === fault?.target)
    expect(struck.map(process => process.end)).toEqual([end, undefined])
    expect(struck[0]?.endedAt).toBeGreaterThanOrEqual(fault?.at as number)
    expect(struck[1]?.at).toBeGreaterThanOrEqual(struck[0]?.endedAt as number)
    expect(new Set(struck.map(({ instance }) => instance)).size).toBe(2)
  })

  it('that kills a process leaves nothing of it: nothing that it began ends after that', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { history } = await withFault('crash', seed)
      const ends = new Map(
        history.processes.map(({ instance, endedAt = Number.POSITIVE_INFINITY }) => [instance, endedAt]),
      )
      for (const { instance, at, endedAt = 0 } of [...history.publishes, ...history.handlings]) {
        expect(Math.max(at, endedAt)).toBeLessThanOrEqual(ends.get(instance) as number)
      }
    }
  })

  it('strikes those that are named, and nobody else', async () => {
    const faults = { kinds: ['partition', 'crash', 'broker-crash'], count: 20, untilMs: 8_000, maxMs: 500 } as const
    const { history } = await simulate({ ...world, faults: { ...faults, hosts: ['bus-broker'] } })
    expect(new Set(history.faults.map(({ target }) => target))).toEqual(new Set(['bus-broker']))
    expect(new Set(history.faults.map(({ kind }) => kind))).toEqual(new Set(['partition', 'broker-crash']))
    await expect(simulate({ ...world, faults: { ...faults, hosts: ['nobody-0'] } })).rejects.toMatchObject({
      code: 'SM_SIMULATION_OPTIONS',
      message: expect.stringContaining(
        'There is no host "nobody-0" for faults to strike (there are sender-0, worker-0',
      ),
    })
  })

  it('of a broker ends, and what was published meanwhile arrives', async () => {
    const { history } = await withFault('broker-crash')
    expect(history.faults).toMatchObject([{ kind: 'broker-crash', target: 'bus-broker' }])
    expect(history.publishes.every(({ outcome }) => outcome === 'ok' || outcome === 'failed')).toBe(true)
  })
})

it('an instance that crashed over and over is the same agent each time: its index stays, its restarts count', async () => {
  const { history } = await simulate({
    ...world,
    agents: [
      {
        id: 'worker',
        instances: 2,
        run: async process => {
          process.note(`${process.index} ${process.restarts}`)
          await takeJobs(process)
        },
      },
    ],
    faults: { kinds: ['crash'], count: 6, fromMs: 1_000, untilMs: 9_000, maxMs: 500 },
  })
  const notes = history.notes.map(({ text }) => text)
  expect(notes.length).toBeGreaterThan(3)
  for (const index of [0, 1]) {
    const mine = notes.filter(text => text.startsWith(`${index} `))
    expect(mine).toEqual(mine.map((_, restarts) => `${index} ${restarts}`))
  }
})
