import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { Lan, type Weather } from '../../../../tooling/netns/lan.ts'
import { netemAbsence, netnsAbsence, wireAbsence } from '../../../../tooling/netns/requirements.ts'
import { eventually } from '../../../../tooling/test/eventually.ts'
import type { Program } from '../../../../tooling/test/program.ts'
import { checkHistory, lookAt, reportOf } from './history.ts'

const base = mkdtempSync(join(tmpdir(), 'sm-lanet-lan-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const homeKey = Buffer.alloc(32, 1).toString('base64')
const otherKey = Buffer.alloc(32, 2).toString('base64')

/** Quick to notice that a host is gone. */
const quick = { heartbeatMs: 300, deadAfterMs: 2_000, reconnect: { initialMs: 50, maxMs: 500 } }

/** Events that have to happen may take long on a busy machine. */
const inTime = <T>(what: string, look: () => Promise<T | undefined | false>) => eventually(what, look, 60_000)

/** An agent on a host of its own. */
function member(lan: Lan, host: string, options: object = {}): Promise<Program> {
  const keyDirectory = join(base, host)
  const config = { agent: host, namespace: 'lan', options: { networkKey: homeKey, keyDirectory, ...quick, ...options } }
  return lan.run(host, new URL('member.ts', import.meta.url), config)
}

/** Resolves when a member has a link to every one of those. */
async function linked(who: Program, ...agents: string[]) {
  return inTime(`links to ${agents.join(', ')}`, async () => {
    const { peers } = await lookAt(who)
    const there = peers.filter(({ linked }) => linked).map(({ agent }) => agent)
    return agents.every(agent => there.includes(agent)) && peers
  })
}

/** Resolves when a member has handled so many more messages than before. */
async function hears(who: Program, more: number): Promise<void> {
  const before = (await lookAt(who)).handled
  await inTime(`${more} more messages`, async () => (await lookAt(who)).handled >= before + more)
}

/** Has the sender fall silent and everybody handle what is under way, and checks what became of every message. */
async function settle(sender: Program, ...listeners: Program[]): Promise<number> {
  await sender.ask('hush', {}, 60_000)
  const sent = await reportOf(sender)
  const reports = await inTime('what was acknowledged is handled', async () => {
    const reports = await Promise.all(listeners.map(reportOf))
    const all = reports.every(({ handled }) => {
      const once = new Set(handled)
      return sent.fates.accepted.every(id => once.has(id))
    })
    return all && reports
  })
  checkHistory(sent, reports)
  return sent.fates.accepted.length
}

const absence = await netnsAbsence()

describe('a LAN of several hosts', () => {
  if (absence !== undefined) {
    it.skip(`not run: ${absence}`)
    return
  }

  it('is found by multicast, and left with a goodbye or by death', { timeout: 180_000 }, async ({ annotate }) => {
    await using lan = await Lan.create('a', 'b', 'c')
    // A message for the dead waits for others of its group so long, and publishes with it.
    const a = await member(lan, 'a', { graceMs: 500 })
    const [b, c] = [await member(lan, 'b'), await member(lan, 'c')]
    const [ofB] = (await linked(a, 'b', 'c')).filter(({ agent }) => agent === 'b')
    assert.equal(ofB?.by, 'mdns')
    assert.equal(ofB?.addresses[0]?.startsWith(lan.address('b')) || ofB?.addresses[0]?.startsWith('[fe80'), true)
    assert.ok(ofB?.addresses.some(address => address.startsWith(`[${lan.address6('b')}]`)))
    assert.match(ofB?.fingerprint ?? '', /^[0-9a-f]{16,}$/)
    const measured = await inTime('the link is measured', async () =>
      (await lookAt(a)).peers.find(({ agent, rttMs }) => agent === 'b' && rttMs !== undefined),
    )
    // One machine has one clock.
    assert.ok(Math.abs(measured.clockOffsetMs ?? Number.NaN) <= (measured.rttMs ?? 0) / 2 + 1)
    await a.ask('speak')
    await Promise.all([hears(b, 100), hears(c, 100)])
    await c.kill()
    await inTime('the dead one is off the map', async () => (await lookAt(a)).peers.every(({ agent }) => agent !== 'c'))
    await hears(b, 100)
    const count = await settle(a, b)
    await b.ask('stop')
    await inTime('who said goodbye is off the map', async () => (await lookAt(a)).peers.length === 0)
    await annotate(`${count} messages, round trip ${measured.rttMs?.toFixed(2)} ms`)
  })

  it('loses nothing when a host is cut off and comes back', { timeout: 180_000 }, async ({ annotate }) => {
    await using lan = await Lan.create('a', 'b')
    const [a, b] = [await member(lan, 'a'), await member(lan, 'b')]
    await linked(a, 'b')
    await a.ask('speak')
    await hears(b, 200)
    await lan.cut('b')
    await inTime('the cut is noticed', async () => (await lookAt(a)).peers.every(({ linked }) => !linked))
    assert.equal((await lookAt(a)).healthy, false, 'It looks well')
    await lan.rejoin('b')
    await hears(b, 200)
    const count = await settle(a, b)
    await annotate(`${count} messages`)
  })

  it('goes on when a cable is pulled and put back, and when an address changes', { timeout: 180_000 }, async () => {
    await using lan = await Lan.create('a', 'b')
    const [a, b] = [await member(lan, 'a'), await member(lan, 'b')]
    await linked(a, 'b')
    await a.ask('speak')
    await hears(b, 100)
    await lan.unplug('b')
    await inTime('the cut is noticed', async () => (await lookAt(a)).peers.every(({ linked }) => !linked))
    await lan.replug('b')
    await hears(b, 100)
    await lan.withdraw('b', 6)
    await lan.readdress('b', '10.77.0.99')
    await inTime('the new address is known', async () =>
      (await lookAt(a)).peers.some(({ addresses }) => addresses.some(address => address.startsWith('10.77.0.99:'))),
    )
    await hears(b, 100)
    await settle(a, b)
  })

  it('is joined by a host that has an interface in each of two networks', { timeout: 180_000 }, async () => {
    await using lan = await Lan.create('a', 'b')
    await lan.addNetwork(1)
    await lan.plug('b', 1)
    await lan.addHost('c')
    await lan.plug('c', 1)
    await lan.cut('c')
    const [a, b, c] = [await member(lan, 'a'), await member(lan, 'b'), await member(lan, 'c')]
    const [toA, toC] = (await linked(b, 'a', 'c')).filter(({ linked }) => linked)
    assert.equal(toA?.by, 'mdns')
    assert.equal(toC?.by, 'mdns')
    await b.ask('speak')
    await Promise.all([hears(a, 50), hears(c, 50)])
    await settle(b, a, c)
    const strangers = (await lookAt(a)).peers.filter(({ agent }) => agent === 'c')
    assert.deepEqual(strangers, [], 'A host is seen across two networks that nothing joins')
  })

  it('works over IPv6 alone', { timeout: 180_000 }, async () => {
    await using lan = await Lan.create('a', 'b')
    await Promise.all([lan.withdraw('a', 4), lan.withdraw('b', 4)])
    const [a, b] = [await member(lan, 'a'), await member(lan, 'b')]
    const [ofB] = await linked(a, 'b')
    for (const address of ofB?.addresses ?? []) assert.match(address, /^\[f[de]/)
    await a.ask('speak')
    await hears(b, 50)
    await settle(a, b)
  })

  it('without multicast is found at listed places, and by search', { timeout: 180_000 }, async () => {
    await using lan = await Lan.create('a', 'b', 'c')
    await lan.blockMulticast()
    const scan = { cidr: '10.77.0.0/24', ports: [7_400], timeoutMs: 500 }
    const a = await member(lan, 'a', { port: 7_400 })
    const b = await member(lan, 'b', { port: 7_400, peers: [`${lan.address('a')}:7400`] })
    const c = await member(lan, 'c', { scan })
    const [toA] = await linked(b, 'a')
    assert.deepEqual([toA?.by, toA?.addresses], ['peers', [`${lan.address('a')}:7400`]])
    const found = await linked(c, 'a', 'b')
    assert.deepEqual(found.map(({ agent, by }) => `${agent} by ${by}`).sort(), ['a by scan', 'b by scan'])
    assert.ok((await lookAt(a)).peers.some(({ agent, by }) => agent === 'b' && by === 'call'))
    await a.ask('speak')
    await Promise.all([hears(b, 50), hears(c, 50)])
    await settle(a, b, c)
    for (const { peers } of await Promise.all([a, b, c].map(lookAt))) {
      for (const { by } of peers) assert.notEqual(by, 'mdns', 'Multicast was not blocked')
    }
  })

  it('keeps two networks with different keys apart, though all see each other', { timeout: 180_000 }, async () => {
    await using lan = await Lan.create('a', 'b', 'x', 'y')
    const scan = { cidr: '10.77.0.0/28', ports: [7_400], timeoutMs: 500 }
    const peers = ['a', 'b', 'x', 'y'].map(host => `${lan.address(host)}:7400`)
    const [a, b, x, y] = await Promise.all([
      member(lan, 'a', { port: 7_400, peers, scan }),
      member(lan, 'b', { port: 7_400, peers, scan }),
      member(lan, 'x', { port: 7_400, peers, scan, networkKey: otherKey }),
      member(lan, 'y', { port: 7_400, peers, scan, networkKey: otherKey }),
    ])
    await Promise.all([linked(a, 'b'), linked(x, 'y')])
    await inTime('the announcements of the other network are seen', async () => {
      const { peers } = await lookAt(a)
      return peers.some(({ agent }) => agent === 'x') && peers.some(({ agent }) => agent === 'y')
    })
    await Promise.all([a.ask('speak'), x.ask('speak')])
    await Promise.all([hears(b, 100), hears(y, 100)])
    await settle(a, b)
    await settle(x, y)
    for (const [who, own] of [
      [a, 'ab'],
      [b, 'ab'],
      [x, 'xy'],
      [y, 'xy'],
    ] as const) {
      const { handled } = await reportOf(who)
      const { peers } = await lookAt(who)
      for (const message of handled) assert.ok(own.includes(message[0] as string), `${message} crossed over`)
      for (const { agent, linked } of peers) assert.equal(linked, own.includes(agent), `There is a link to ${agent}`)
    }
  })
})

const bad: Weather = { loss: 0.05, delayMs: 10, jitterMs: 15 }

/** Talk in bad weather, with links that are given up and made again in between. */
async function talkThrough(lan: Lan): Promise<number> {
  const [a, b] = [await member(lan, 'a'), await member(lan, 'b')]
  await linked(a, 'b')
  await Promise.all([a.ask('speak'), b.ask('speak')])
  await Promise.all([hears(a, 300), hears(b, 300)])
  const [sent, back] = [await settle(a, b), await settle(b, a)]
  return sent + back
}

for (const [how, missing, worsen] of [
  ['by the kernel', await netemAbsence(), (lan: Lan) => lan.netem('b', bad)],
  ['by a program between host and bridge', await wireAbsence(), (lan: Lan) => lan.wire('b', bad)],
] as const) {
  describe(`packets that are lost, delayed and reordered ${how}`, () => {
    if (missing !== undefined) {
      it.skip(`not run: ${missing}`)
      return
    }
    it('cost time, and no message', { timeout: 180_000 }, async ({ annotate }) => {
      await using lan = await Lan.create('a', 'b')
      const wire = await worsen(lan)
      const count = await talkThrough(lan)
      const frames = wire && (await wire.ask('counts'))
      if (frames) assert.ok(Number(frames.lost) > 10 && Number(frames.overtaken) > 10, JSON.stringify(frames))
      await annotate(`${count} messages; frames: ${JSON.stringify(frames ?? 'not counted')}`)
    })
  })
}
