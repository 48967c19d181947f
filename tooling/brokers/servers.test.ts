import { existsSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { answerOf } from './answer.ts'
import type { Broker } from './broker.ts'
import { describeIfAllowed, describeWithBroker } from './describe-with-broker.ts'
import { isFree } from './ports.ts'
import { startBroker } from './start.ts'
import { isAlive } from './test/alive.ts'

/** The answer of a server to lines of its protocol. */
async function ask(broker: Broker, lines: readonly string[], end: RegExp): Promise<string> {
  const sent = lines.map(line => `${line}\r\n`).join('')
  const answer = await answerOf(broker.port, sent, bytes => end.test(bytes.toString('latin1')), 10_000)
  return answer?.toString('latin1') ?? ''
}

const redisLine = (broker: Broker, line: string) => ask(broker, [line], /\r\n$/)

describeWithBroker('redis', { password: 'right "one"' }, redis => {
  const set = (value: string) => ask(redis(), ['AUTH "right \\"one\\""', `SET key ${value}`], /\r\n.*\r\n$/s)
  const get = () => ask(redis(), ['AUTH "right \\"one\\""', 'GET key'], /\r\n.*\r\n$/s)

  it('answers at its URL, to those who know the password', async () => {
    expect(redis().url).toBe(`redis://:right%20%22one%22@127.0.0.1:${redis().port}`)
    expect(await redisLine(redis(), 'GET key')).toMatch(/^-NOAUTH/)
    expect(await redisLine(redis(), 'AUTH wrong')).toMatch(/^-WRONGPASS/)
    expect(await set('1')).toBe('+OK\r\n+OK\r\n')
  })

  it('keeps its data, its port and its directory over a SIGKILL', async () => {
    const { pid, port } = redis()
    await set('kept')
    await redis().kill()
    expect(redis().running).toBe(false)
    expect(isAlive(pid)).toBe(false)
    expect(await isFree(port)).toBe(true)
    await redis().restart()
    expect(redis().port).toBe(port)
    expect(redis().pid).not.toBe(pid)
    expect(await get()).toContain('kept')
  })

  it('begins anew without its data', async () => {
    await set('gone')
    await redis().restart({ fresh: true })
    expect(await get()).toBe('+OK\r\n$-1\r\n')
  })

  it('accepts connections and is silent while it is frozen', async () => {
    await redis().freeze()
    expect(await answerOf(redis().port, 'PING\r\n', () => true, 300)).toEqual(Buffer.alloc(0))
    await redis().thaw()
    expect(await redisLine(redis(), 'PING')).toMatch(/^-NOAUTH/)
  })

  it('is killed while it is frozen', async () => {
    await redis().freeze()
    await redis().kill()
    await redis().restart()
    expect(redis().running).toBe(true)
  })

  it('is seen to have ended when somebody else ends it', async () => {
    process.kill(redis().pid, 'SIGKILL')
    await vi.waitFor(() => expect(redis().running).toBe(false), 20_000)
    await expect(redis().freeze()).rejects.toThrow(TypeError)
    await redis().restart()
    expect(redis().running).toBe(true)
  })

  it('runs beside another one', async () => {
    await using other = await startBroker('redis')
    expect(other.port).not.toBe(redis().port)
    expect(await redisLine(other, 'GET key')).toBe('$-1\r\n')
  })
})

describeIfAllowed('redis', 'what a server is configured with', () => {
  it('are lines and files of its directory', async () => {
    await using broker = await startBroker('redis', {
      config: ['maxmemory 3mb', 'aclfile DIRECTORY/users'],
      files: { users: 'user default on nopass ~* &* +@all\nuser reader on >secret ~* &* +ping\n' },
    })
    expect(await ask(broker, ['CONFIG GET maxmemory'], /3145728/)).toContain('3145728')
    expect(await ask(broker, ['AUTH reader secret', 'SET a b'], /NOPERM/)).toMatch(/^\+OK\r\n-NOPERM/)
  })

  it('may be a user in the place of the default one', async () => {
    await using broker = await startBroker('redis', { user: 'me', password: 'mine' })
    expect(broker.url).toBe(`redis://me:mine@127.0.0.1:${broker.port}`)
    expect(await redisLine(broker, 'PING')).toMatch(/^-NOAUTH/)
    expect(await redisLine(broker, 'AUTH me mine')).toBe('+OK\r\n')
  })

  it('may be those of a sentinel, which knows what it watches', async () => {
    await using watched = await startBroker('redis')
    const config = [`sentinel monitor main 127.0.0.1 ${watched.port} 1`]
    await using sentinel = await startBroker('redis', { sentinel: true, config })
    const answer = await ask(sentinel, ['SENTINEL GET-MASTER-ADDR-BY-NAME main'], /\r\n.*\r\n.*\r\n.*\r\n.*\r\n$/s)
    expect(answer).toContain(`${watched.port}`)
  })

  it('fails with the log of a server that does not start with it', async () => {
    await expect(startBroker('redis', { config: ['no-such-line 1'] })).rejects.toThrow(/ended instead.*no-such-line/s)
  })
})

describeIfAllowed('redis', 'a server that was stopped', () => {
  it('is gone with its directory, and does not come back', async () => {
    const broker = await startBroker('redis')
    const { pid, directory, port } = broker
    await Promise.all([broker.stop(), broker.stop()])
    expect([isAlive(pid), existsSync(directory), await isFree(port)]).toEqual([false, false, true])
    await expect(broker.restart()).rejects.toThrow(TypeError)
  })
})

describeWithBroker('nats', { user: 'me', password: 'right' }, nats => {
  const login = (password: string) => `CONNECT ${JSON.stringify({ user: 'me', pass: password, verbose: false })}`
  const request = (subject: string, payload = '') => [
    login('right'),
    'SUB inbox 1',
    `PUB ${subject} inbox ${payload.length}`,
    payload,
  ]
  const stream = JSON.stringify({ name: 'KEPT', subjects: ['kept'] })
  const names = () => ask(nats(), request('$JS.API.STREAM.NAMES'), /MSG inbox.*\}\r\n$/s)

  it('answers at its URL, to those who know the password', async () => {
    expect(nats().url).toBe(`nats://me:right@127.0.0.1:${nats().port}`)
    expect(await ask(nats(), [login('wrong')], /-ERR/)).toContain("-ERR 'Authorization Violation'")
    expect(await ask(nats(), [login('right'), 'PING'], /PONG/)).toContain('PONG')
  })

  it('keeps its streams over a SIGKILL, and begins anew without them', async () => {
    expect(await ask(nats(), request('$JS.API.STREAM.CREATE.KEPT', stream), /did_create.*\r\n$/s)).toContain(
      'did_create',
    )
    await nats().kill()
    await nats().restart()
    expect(await names()).toContain('KEPT')
    await nats().restart({ fresh: true })
    expect(await names()).toContain('"total":0')
  })

  it('may be without JetStream, with a token, and with a limit', async () => {
    await using plain = await startBroker('nats', { jetstream: false, token: 'secret', maxPayload: 4_096 })
    expect(plain.url).toBe(`nats://secret@127.0.0.1:${plain.port}`)
    const info = await ask(plain, [], /\r\n/)
    expect(info).toContain('"max_payload":4096')
    expect(info).not.toContain('"jetstream":true')
  })
})
