import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { brokerAbsence } from '../../../tooling/brokers/index.ts'
import { locate } from '../../../tooling/brokers/locate.ts'
import { kinds } from '../../../tooling/brokers/start.ts'
import { Lan } from '../../../tooling/netns/lan.ts'
import { netnsAbsence } from '../../../tooling/netns/requirements.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import type { Program } from '../../../tooling/test/program.ts'
import { judge, type Look, type Report } from './two-lans/records.ts'

const folder = mkdtempSync(join(tmpdir(), 'sm-two-lans-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Two LANs, and for each a network that joins its hosts to the broker and to nothing else. */
const networks = { west: { lan: 0, uplink: 2 }, east: { lan: 1, uplink: 3 } } as const
const hosts = { a: 'west', b: 'west', c: 'east', d: 'east' } as const
type Host = keyof typeof hosts
const names = Object.keys(hosts) as Host[]
const pairs = names.flatMap(to => names.filter(from => from !== to).map(from => ({ from, to })))
const isNear = ({ from, to }: { readonly from: Host; readonly to: Host }) => hosts[from] === hosts[to]

/** Events that have to happen may take long on a busy machine. */
const inTime = <T>(what: string, look: () => Promise<T | undefined | false>) => eventually(what, look, 60_000)

/** The absence of what this needs; or the program of the broker. */
async function findServer(): Promise<{ readonly absence: string } | { readonly server: string }> {
  const absence = (await netnsAbsence()) ?? brokerAbsence('nats')
  if (absence !== undefined) return { absence }
  const located = await locate(kinds.nats.program)
  return located.by === 'program' ? { server: located.path } : { absence: 'nats-server would run in Docker' }
}

async function build(): Promise<Lan> {
  const lan = await Lan.create()
  for (const network of [1, 2, 3]) await lan.addNetwork(network)
  for (const name of names) {
    const { lan: own, uplink } = networks[hosts[name]]
    await lan.addHost(name, own)
    await lan.plug(name, uplink)
    await lan.isolate(name, uplink)
  }
  await lan.addHost('broker', networks.west.uplink)
  await lan.plug('broker', networks.east.uplink)
  return lan
}

/** An agent on each host, once all know each other. */
async function settle(lan: Lan): Promise<Readonly<Record<Host, Program>>> {
  const started = names.map(async agent => {
    const { lan: own, uplink } = networks[hosts[agent]]
    const program = await lan.run(agent, new URL('two-lans/neighbour.ts', import.meta.url), {
      agent,
      others: names.filter(other => other !== agent),
      lanHost: lan.address(agent, own),
      keyDirectory: join(folder, agent),
      broker: `nats://${lan.address('broker', uplink)}:4222`,
    })
    return [agent, program] as const
  })
  return Object.fromEntries(await Promise.all(started)) as Record<Host, Program>
}

const lookAt = async (program: Program) => (await program.ask('look')) as unknown as Look

describe('two LANs with a broker between them', async () => {
  const found = await findServer()
  if ('absence' in found) {
    it.skip(`not run: ${found.absence}`)
    return
  }

  it('a cable is pulled inside of one, and the one to the broker: traffic goes on where there is a way, and none of it is lost', {
    timeout: 300_000,
  }, async ({ annotate }) => {
    await using lan = await build()
    const serving = [found.server, '-a', '0.0.0.0', '-p', '4222', '-js', '-sd', join(folder, 'data')]
    await lan.serve('broker', serving, /Server is ready/)
    const agents = await settle(lan)

    /** Resolves when each of these pairs has brought so many more messages over a wire. */
    const flows = (what: string, of: readonly { readonly from: Host; readonly to: Host }[], wire: string, more = 30) =>
      Promise.all(
        of.map(async ({ from, to }) => {
          const brought = async () => (await lookAt(agents[to])).brought[`${from} over ${wire}`] ?? 0
          const before = await brought()
          await inTime(`${what}: ${from} → ${to} over ${wire}`, async () => (await brought()) >= before + more)
        }),
      )
    const moments: string[] = []
    /** Does it, and notes how long it took until traffic was as it is said to be after that. */
    const after = async (what: string, act: Promise<void>, ...traffic: readonly (() => Promise<unknown>)[]) => {
      await act
      const begun = performance.now()
      await Promise.all(traffic.map(each => each()))
      moments.push(`${what}: ${Math.round(performance.now() - begun)} ms`)
    }
    const knows = async (who: Host, ...evidence: readonly string[]) => {
      const { evidence: known } = await lookAt(agents[who])
      return evidence.every(each => known.includes(each))
    }
    const isWhole = () =>
      inTime('everyone knows everyone, neighbours by their link', async () => {
        const all = pairs.map(({ from, to }) => {
          const links = isNear({ from, to }) ? [`${from} over lanet: subscribed`] : []
          return knows(to, `${from} over nats: heard`, ...links)
        })
        return (await Promise.all(all)).every(Boolean)
      })
    const near = pairs.filter(isNear)
    const far = pairs.filter(pair => !isNear(pair))
    const west = near.filter(({ to }) => hosts[to] === 'west')
    const east = near.filter(({ to }) => hosts[to] === 'east')

    await isWhole()
    await Promise.all(names.map(name => agents[name].ask('speak')))
    await Promise.all([flows('calm', near, 'lanet'), flows('calm', far, 'nats')])
    for (const { from, to } of pairs) {
      const { brought } = await lookAt(agents[to])
      const other = isNear({ from, to }) ? 'nats' : 'lanet'
      expect([from, to, brought[`${from} over ${other}`]]).toEqual([from, to, undefined])
    }

    await after(
      'the cable of a is pulled',
      lan.unplug('a', networks.west.lan),
      ...[() => flows('a is off its LAN', west, 'nats'), () => flows('a is off its LAN', east, 'lanet')],
      () => flows('a is off its LAN', far, 'nats'),
    )
    await after('it is back', lan.replug('a', networks.west.lan), () => flows('a is back', west, 'lanet'))

    const hasLostBroker = (name: Host) =>
      inTime(`${name} has lost the broker`, async () => {
        const { transports } = (await agents[name].ask('health')) as unknown as Health
        return transports.nats?.state === 'degraded'
      })
    await after(
      'the cable of the broker is pulled',
      lan.unplug('broker', networks.west.uplink),
      ...[() => hasLostBroker('a'), () => hasLostBroker('b')],
    )
    await flows('the broker of the west is gone', near, 'lanet')
    await after(
      'it is back',
      lan.replug('broker', networks.west.uplink),
      ...[() => flows('all is back', near, 'lanet'), () => flows('all is back', far, 'nats')],
      isWhole,
    )

    await Promise.all(names.map(name => agents[name].ask('hush', {}, 160_000)))
    const verdict = async () => {
      const reports = names.map(async name => [name, (await agents[name].ask('report')) as unknown as Report] as const)
      return judge(Object.fromEntries(await Promise.all(reports)))
    }
    await inTime('what was acknowledged is handled', async () => (await verdict()).lost.length === 0)
    const { published, ...faults } = await verdict()
    expect(faults).toEqual({ lost: [], twice: [], notOk: [] })
    await annotate(`${published} messages; ${moments.join('; ')}`)
  })
})

interface Health {
  readonly transports: Readonly<Record<string, { readonly state: string }>>
}
