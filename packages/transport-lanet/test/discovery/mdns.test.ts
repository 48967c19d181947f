import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createUlids, systemClock, systemRandom } from '@sm/core/transport'
import { Bonjour, type Service, type ServiceConfig } from 'bonjour-service'
import { describe, it, onTestFinished } from 'vitest'
import { eventually } from '../../../../tooling/test/eventually.ts'
import { Finders } from './finders.ts'

/** The same software that printers and speakers use, on the loopback. */
function createForeigner(): Bonjour {
  const options = { interface: '127.0.0.1', bind: '0.0.0.0' } as unknown as Partial<ServiceConfig>
  const foreigner = new Bonjour(options)
  onTestFinished(() => void foreigner.destroy())
  return foreigner
}

describe('multicast DNS', { timeout: 90_000 }, () => {
  it('lets two processes find each other', async ({ annotate }) => {
    await using finders = new Finders()
    const first = await finders.run('first')
    const second = await finders.run('second')
    const [toFirst, toSecond] = [await second.finds(first), await first.finds(second)]
    assert.equal(toFirst.agent, 'first')
    assert.equal(toFirst.by, 'mdns')
    assert.equal(toFirst.network, 'home')
    assert.ok(toFirst.addresses.some(address => address.endsWith(`:${first.port}`)))
    assert.equal(toSecond.agent, 'second')
    const { found, probes, faults } = await second.ask('look')
    assert.deepEqual([probes, faults], [0, []])
    await annotate(`found ${Math.round(found[0]?.[1] ?? 0)} ms after the start`)
  })

  it('lets many that start together find each other', async ({ annotate }) => {
    await using finders = new Finders()
    const all = await Promise.all(Array.from({ length: 6 }, (_, i) => finders.run(`finder-${i}`)))
    const views = await Promise.all(
      all.map(one => one.sees('all others', ({ seen }) => seen.length === all.length - 1)),
    )
    const last = Math.max(...views.flatMap(({ found }) => found.map(([, afterMs]) => afterMs)))
    await annotate(`the last was found ${Math.round(last)} ms after the start`)
  })

  it('tells of who leaves with a goodbye at once', async () => {
    await using finders = new Finders()
    const [stays, leaves] = [await finders.run('stays'), await finders.run('leaves')]
    await stays.finds(leaves)
    await leaves.ask('close')
    await stays.loses(leaves)
  })

  it('does not know who is dead before a link tells; then it does', async () => {
    await using finders = new Finders()
    const [stays, dies, lives] = [await finders.run('stays'), await finders.run('dies'), await finders.run('lives')]
    await stays.finds(dies)
    await stays.finds(lives)
    await dies.program.kill()
    assert.deepEqual((await stays.ask('look')).lost, [])
    await stays.ask('forget', { instance: dies.instance })
    await stays.ask('forget', { instance: lives.instance })
    await stays.loses(dies)
    // A peer that answers was not dead.
    const { lost, seen } = await stays.ask('look')
    assert.deepEqual(lost, [dies.instance])
    assert.deepEqual(
      seen.map(({ instance }) => instance),
      [lives.instance],
    )
  })

  it('keeps namespaces apart', async () => {
    await using here = new Finders()
    await using there = new Finders()
    const [one, other] = [await here.run('one'), await here.run('other')]
    await there.run('one')
    await one.finds(other)
    assert.equal((await one.ask('look')).seen.length, 1)
  })

  it('announces over the loopback alone for who listens there alone', async () => {
    await using finders = new Finders()
    const hidden = await finders.run('hidden', { host: '127.0.0.1' })
    const { addresses } = await (await finders.run('seeker')).finds(hidden)
    assert.equal(addresses[0], `127.0.0.1:${hidden.port}`)
  })

  it('says in TXT who announces, for any other software to read', async () => {
    await using finders = new Finders()
    const finder = await finders.run('billing')
    const browser = createForeigner().find({ type: 'smartmessage', protocol: 'tcp' })
    const service = await new Promise<Service>(resolve => {
      browser.on('up', service => service.name === finder.instance && resolve(service))
    })
    assert.equal(service.port, finder.port)
    assert.deepEqual(
      { ...service.txt },
      {
        txtvers: '1',
        namespace: finders.namespace,
        agent: 'billing',
        instance: finder.instance,
        wire: '1.0',
        key: 'none',
        network: 'home',
        epoch: '1',
      },
    )
  })

  it('is not disturbed by announcements that make no sense, nor by packets that are none', async () => {
    await using finders = new Finders()
    const [one, other] = [await finders.run('one'), await finders.run('other')]
    await one.finds(other)
    const { namespace } = finders
    const foreigner = createForeigner()
    const shared = { type: 'smartmessage', protocol: 'tcp', port: 9, probe: false } as const
    foreigner.publish({ ...shared, name: 'nothing', txt: { namespace } })
    foreigner.publish({
      ...shared,
      name: 'another',
      txt: { txtvers: '1', namespace, agent: '../../etc', instance: 'x' },
    })
    // The name of a peer, claimed by somebody else, with another port: a claim, which no handshake will prove.
    foreigner.publish({ ...shared, name: other.instance, txt: { txtvers: '1', namespace, agent: 'thief' } })
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    socket.setMulticastInterface('127.0.0.1')
    const sent: Promise<void>[] = []
    for (let n = 0; n < 2_000; n++) {
      const packet = Buffer.from(
        `\0\0\x84\0\0\0\0\x04\0\0\0\x04\x0d_smartmessage\x04_tcp\x05local\0 namespace=${namespace} \xc0\x0c`,
        'latin1',
      )
      for (let i = 0; i <= n % 5; i++) packet[(n * 31 + i * 17) % packet.length] = (n * 7 + i) & 0xff
      sent.push(new Promise(resolve => socket.send(packet, 5_353, '224.0.0.251', () => resolve())))
    }
    await Promise.all(sent)
    socket.close()
    const late = await finders.run('late')
    await one.finds(late)
    await late.finds(one)
    const { seen } = await one.ask('look')
    for (const { agent } of seen) assert.ok(['other', 'late'].includes(agent), `${agent} was believed`)
    assert.equal(one.program.end, undefined)
  })

  it('cuts off a flood of announcements, and goes on', async () => {
    await using finders = new Finders()
    const finder = await finders.run('finder')
    const { mdns } = Reflect.get(createForeigner(), 'server') as { mdns: { respond(answers: readonly object[]): void } }
    const ids = createUlids(systemClock, systemRandom)
    const type = '_smartmessage._tcp.local'
    const flood = async () => {
      for (let n = 0; n < 50; n++) {
        const instance = ids.next()
        const name = `${instance}.${type}`
        const txt = { txtvers: '1', namespace: finders.namespace, agent: 'nobody', instance, wire: '1.0' }
        mdns.respond([
          { name: type, type: 'PTR', ttl: 120, data: name },
          { name, type: 'SRV', ttl: 120, data: { port: 9, target: 'nowhere.local' } },
          {
            name,
            type: 'TXT',
            ttl: 120,
            data: Object.entries(txt).map(([key, value]) => Buffer.from(`${key}=${value}`)),
          },
        ])
      }
      return finder.ask('look')
    }
    const view = await eventually('the flood is told', async () => {
      const view = await flood()
      return view.faults.includes('SM_LANET_MDNS') && view
    })
    assert.ok(view.seen.length > 500, `It is told after ${view.seen.length}`)
    for (let n = 0; n < 60; n++) await flood()
    const { seen } = await finder.ask('look')
    assert.ok(seen.length <= 4_096, `${seen.length} are kept`)
    // Its own announcement is not affected: whoever comes finds it.
    await (await finders.run('late')).finds(finder)
  })
})
