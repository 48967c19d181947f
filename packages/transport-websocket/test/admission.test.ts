import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Agent, createAgent, isSmError, type LogFields } from '@sm/core'
import { describe, it } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../../../tooling/test/eventually.ts'
import { createHub, type HubOptions } from '../src/index.ts'
import { packet, RawGuest, refusedWith } from './raw-guest.ts'

const token = 'known to the agents of this test'

/** The code with which a transport refuses to start, and all that the error says. */
async function refusal(starting: () => Promise<Agent>): Promise<{ code: string; text: string }> {
  try {
    await (await starting()).stop()
  } catch (error) {
    const text = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error)
    const { cause } = error as { cause?: unknown }
    return { code: isSmError(cause) ? cause.code : isSmError(error) ? error.code : String(error), text }
  }
  throw new Error('It was let in')
}

const agentAt = (websocket: object) => () => createAgent('agent', { transports: { websocket } })

async function open(options: HubOptions = {}) {
  const lines: LogFields[] = []
  const log = (fields: LogFields) => void lines.push(fields)
  const hub = createHub({ token, logger: { debug: log, info: log, warn: log, error: log }, ...options })
  return { hub, lines, url: await hub.listen({ port: 0 }), [Symbol.asyncDispose]: () => hub.close() }
}

describe('a hub with a token', () => {
  it('lets in who knows it, and nobody else', async () => {
    await using at = await open()
    for (const wrong of ['known to somebody else altogether', undefined]) {
      const { code, text } = await refusal(agentAt({ url: at.url, ...(wrong && { token: wrong }) }))
      assert.equal(code, 'SM_WEBSOCKET_AUTH')
      assert.ok(!wrong || !text.includes(wrong), 'The error shows the token')
    }
    assert.ok(!JSON.stringify(at.lines).includes(token), 'The log shows the token')
    assert.deepEqual(
      at.lines.map(({ code }) => code),
      ['SM_WEBSOCKET_AUTH', 'SM_WEBSOCKET_AUTH'],
    )
    await (await agentAt({ url: at.url, token })()).stop()
  })

  it('is believed only if it knows the token, too', async () => {
    await using at = await open({ token: 'known to this hub alone, it hopes' })
    assert.equal((await refusal(agentAt({ url: at.url, token }))).code, 'SM_WEBSOCKET_AUTH')
    await using without = createHub()
    const url = await without.listen({ port: 0 })
    assert.equal((await refusal(agentAt({ url, token }))).code, 'SM_WEBSOCKET_AUTH')
  })

  it('takes no proof that was made for another connection or another agent', async () => {
    await using at = await open()
    using honest = new RawGuest(at.url)
    const sent: string[] = []
    const send = honest.send.bind(honest)
    honest.send = message => {
      sent.push(String(message))
      send(message)
    }
    await honest.join(token, 'honest', '01HONEST')
    await honest.text('welcome')
    const join = sent[0] as string
    for (const replayed of [join, join.replace('"honest"', '"other"')]) {
      using thief = new RawGuest(at.url)
      await thief.text('challenge')
      thief.send(replayed)
      assert.equal((await thief.text('refuse')).code, 'SM_WEBSOCKET_AUTH')
      await thief.ended()
    }
  })
})

describe('a hub', () => {
  it('lets no web page in, unless it is told which', async () => {
    await using at = await open({ origins: ['https://good.example'] })
    const page = (origin: string) => new WebSocket(at.url, 'smartmessage.hub.1', { origin })
    assert.equal(await refusedWith(page('https://evil.example')), 403)
    const good = page('https://good.example')
    await once(good, 'open')
    good.terminate()
  })

  it('answers nobody who speaks something else', async () => {
    await using at = await open()
    assert.equal(await refusedWith(new WebSocket(at.url)), 400)
    assert.equal(await refusedWith(new WebSocket(at.url, 'smartmessage.hub.2')), 400)
    assert.equal(await refusedWith(new WebSocket(`${at.url}elsewhere`, 'smartmessage.hub.1')), 404)
  })

  it('shares a server that is there already', async () => {
    const server = createServer((_, response) => response.end('a page'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const other: string[] = []
    server.on('upgrade', (request, socket) => {
      if (request.url !== '/other') return
      other.push(request.url)
      socket.end('HTTP/1.1 418 Teapot\r\n\r\n')
    })
    const hub = createHub({ token })
    hub.attach(server, { path: '/agents' })
    await using _agent = await agentAt({ url: `ws://127.0.0.1:${port}/agents`, token })()
    const [response] = await once(get(`http://127.0.0.1:${port}/`), 'response')
    assert.equal(response.statusCode, 200)
    response.resume()
    assert.equal(await refusedWith(new WebSocket(`ws://127.0.0.1:${port}/other`)), 418)
    assert.deepEqual(other, ['/other'])
    await hub.close()
    assert.equal(server.listening, true)
    assert.equal(server.listenerCount('upgrade'), 1, 'The hub is still attached')
    server.closeAllConnections()
    server.close()
  })

  it('answers calls to paths that no hub has, however many hubs one server has', async () => {
    const server = createServer((_, response) => response.end('a page'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const hubs = []
    for (const path of ['/a', '/b', '/c']) {
      const hub = createHub({ token })
      hub.attach(server, { path })
      hubs.push(hub)
      assert.equal(await refusedWith(new WebSocket(`ws://127.0.0.1:${port}/nowhere`)), 404)
      await using _agent = await agentAt({ url: `ws://127.0.0.1:${port}${path}`, token })()
    }
    for (const hub of hubs) await hub.close()
    server.closeAllConnections()
    server.close()
  })

  it('has a bound for those who say nothing, and for how long', async () => {
    await using at = await open({ maxPending: 2, handshakeMs: 300 })
    using one = new RawGuest(at.url)
    using two = new RawGuest(at.url)
    await Promise.all([one.text('challenge'), two.text('challenge')])
    assert.equal(await refusedWith(new WebSocket(at.url, 'smartmessage.hub.1')), 503)
    await Promise.all([one.ended(), two.ended()])
    await (await agentAt({ url: at.url, token })()).stop()
  })

  it('has a bound for its guests', async () => {
    await using at = await open({ maxGuests: 1 })
    await using _first = await agentAt({ url: at.url, token })()
    assert.equal((await refusal(agentAt({ url: at.url, token }))).code, 'SM_WEBSOCKET_UNREACHABLE')
    const { code } = await refusal(agentAt({ hub: at.hub }))
    assert.equal(code, 'SM_WEBSOCKET_REFUSED')
  })

  it('lets go of a guest that breaks the rules, and the others do not notice', async () => {
    await using at = await open({ windowBytes: 1_000 })
    const offences: readonly (string | Buffer)[] = [
      'no json',
      '{"kind":"nonsense"}',
      '{"kind":"join"}',
      Buffer.from([3]),
      packet(99, 1),
      packet(4, 1, 'credit is the hub’s to give'),
      packet(1, 2, '01VICTIM'),
    ]
    using victim = new RawGuest(at.url)
    await victim.join(token, 'victim', '01VICTIM')
    await victim.text('welcome')
    for (const offence of offences) {
      using before = new RawGuest(at.url)
      await before.text('challenge')
      before.send(offence)
      await before.ended()
      using after = new RawGuest(at.url)
      await after.join(token, 'rogue', '01ROGUE')
      await after.text('welcome')
      after.send(offence)
      await after.ended()
    }
    using flood = new RawGuest(at.url)
    await flood.join(token, 'flood', '01FLOOD')
    await flood.text('welcome')
    flood.send(packet(1, 1, '01VICTIM'))
    await flood.packet(2)
    flood.send(packet(3, 1, Buffer.alloc(1_001)))
    await flood.ended()
    await eventually('only the victim is left', () => at.hub.health.guests === 1)
    assert.equal(at.hub.health.faults, 2 * offences.length + 1)
    // The stream of the one that was sent away has ended; what it had no credit for has not come.
    assert.deepEqual(
      victim.packets.map(([kind]) => kind),
      [1, 6],
    )
    assert.equal(victim.closed, false)
  })

  it('relays no more for a reader than it has room for', async () => {
    await using at = await open({ windowBytes: 100_000 })
    using reader = new RawGuest(at.url)
    await reader.join(token, 'reader', '01READER')
    await reader.text('welcome')
    using writer = new RawGuest(at.url)
    await writer.join(token, 'writer', '01WRITER')
    await writer.text('welcome')
    writer.send(packet(1, 1, '01READER'))
    await writer.packet(2)
    writer.send(packet(3, 1, Buffer.alloc(60_000)))
    const credit = await writer.packet(4)
    assert.equal(credit.readUInt32BE(5), 60_000)
    assert.equal((await reader.packet(1)).toString('utf8', 5), 'writer/01WRITER')
    assert.equal((await reader.packet(3)).length, 60_005)
    writer.send(packet(5, 1))
    await reader.packet(5)
    await eventually('the stream is gone', () => at.hub.health.streams === 0)
  })

  it('takes the newer of two connections of one agent', async () => {
    await using at = await open()
    using older = new RawGuest(at.url)
    await older.join(token, 'agent', '01AGENT')
    await older.text('welcome')
    using newer = new RawGuest(at.url)
    await newer.join(token, 'agent', '01AGENT')
    await newer.text('welcome')
    await older.ended()
    assert.equal(at.hub.health.guests, 1)
  })

  it('notices a guest that is silent', async () => {
    await using at = await open({ heartbeatMs: 50, deadAfterMs: 300 })
    using guest = new RawGuest(at.url)
    await guest.join(token, 'guest', '01GUEST')
    await guest.text('welcome')
    await guest.packet(7)
    await guest.ended()
    assert.equal(at.hub.health.guests, 0)
  })
})

describe('options', () => {
  it.each([
    ['ws://user:secret-word@host/'],
    ['ws://host/?token=secret-word'],
    ['http://host/secret-word'],
    ['secret-word'],
  ])('a URL that is no good is refused and not shown: %s', async url => {
    const { code, text } = await refusal(agentAt({ url }))
    assert.equal(code, 'SM_WEBSOCKET_OPTIONS')
    assert.ok(!text.includes('secret-word'))
  })

  it('need one hub, and a token that is not soon guessed', async () => {
    await using at = await open()
    for (const options of [{}, { url: at.url, hub: at.hub }, { url: at.url, token: 'short' }]) {
      assert.equal((await refusal(agentAt(options))).code, 'SM_WEBSOCKET_OPTIONS')
    }
    assert.throws(() => createHub({ token: 'short' }), { code: 'SM_WEBSOCKET_OPTIONS' })
    assert.throws(() => createHub({ maxGuests: 0 }), { code: 'SM_WEBSOCKET_OPTIONS' })
    assert.match((await refusal(agentAt({ hub: {} }))).text, /createHub/)
  })

  it('say where no hub is', async () => {
    const at = await open()
    await at.hub.close()
    assert.equal((await refusal(agentAt({ url: at.url, token }))).code, 'SM_WEBSOCKET_UNREACHABLE')
    assert.equal((await refusal(agentAt({ hub: at.hub }))).code, 'SM_WEBSOCKET_UNREACHABLE')
  })

  it('of a port that is taken are refused', async () => {
    await using at = await open()
    await using other = createHub()
    await assert.rejects(other.listen({ port: Number(new URL(at.url).port) }), { code: 'SM_WEBSOCKET_LISTEN' })
  })
})
