import { describe, expect, it } from 'vitest'
import type { TransportEvents } from '../contract/index.ts'
import { createEmitter } from '../kernel/index.ts'
import { Lifecycle } from './lifecycle.ts'

function setUp() {
  const events = createEmitter<TransportEvents>(error => {
    throw error
  })
  const states: string[] = []
  const errors: unknown[] = []
  events.on('state', ({ previous, state, error }) => {
    states.push(`${previous}>${state}`)
    if (error !== undefined) errors.push(error)
  })
  const opened = Promise.withResolvers<void>()
  const calls: string[] = []
  const open = async () => {
    calls.push('open')
    await opened.promise
  }
  const close = async () => {
    calls.push('close')
  }
  return { life: new Lifecycle('pigeon', events), states, errors, calls, open, close, opened }
}

const misuse = (operation: string) =>
  expect.objectContaining({ code: 'SM_TRANSPORT_STATE', message: expect.stringContaining(operation) })

describe('starting', () => {
  it('leads from idle through starting to ready', async () => {
    const { life, states, open, close, opened } = setUp()
    expect(life.state).toBe('idle')
    const start = life.start(open, close)
    expect(life.state).toBe('starting')
    opened.resolve()
    await start
    expect(life.state).toBe('ready')
    expect(states).toEqual(['idle>starting', 'starting>ready'])
  })

  it('happens once, however many ask for it, at once or later', async () => {
    const { life, calls, open, close, opened } = setUp()
    const starts = [life.start(open, close), life.start(open, close)]
    opened.resolve()
    await Promise.all(starts)
    await life.start(open, close)
    expect(calls).toEqual(['open'])
  })

  it('that fails closes what it had opened and tells why', async () => {
    const { life, states, calls, open, close, opened } = setUp()
    const failure = new Error('no loft')
    const start = life.start(open, close)
    opened.reject(failure)
    await expect(start).rejects.toBe(failure)
    expect(life.state).toBe('stopped')
    expect(calls).toEqual(['open', 'close'])
    expect(states).toEqual(['idle>starting', 'starting>stopping', 'stopping>stopped'])
  })

  it('that fails tells why even when closing fails too', async () => {
    const { life, open, opened } = setUp()
    const start = life.start(open, () => Promise.reject(new Error('also broken')))
    opened.reject(new Error('no loft'))
    await expect(start).rejects.toThrow('no loft')
    expect(life.state).toBe('stopped')
  })

  it('cannot be repeated after it failed', async () => {
    const { life, open, close, opened } = setUp()
    opened.reject(new Error('no loft'))
    await life.start(open, close).catch(() => undefined)
    await expect(life.start(open, close)).rejects.toEqual(misuse('be started after its stop'))
  })

  it('with an aborted signal rejects with its reason and opens nothing', async () => {
    const { life, calls, open, close } = setUp()
    const reason = new Error('changed my mind')
    await expect(life.start(open, close, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(calls).toEqual(['close'])
    expect(life.state).toBe('stopped')
  })

  it('that is aborted on the way rejects with the reason, and is closed', async () => {
    const { life, calls, open, close } = setUp()
    const controller = new AbortController()
    const start = life.start(open, close, { signal: controller.signal })
    controller.abort(new Error('too slow'))
    await expect(start).rejects.toThrow('too slow')
    expect(calls).toEqual(['open', 'close'])
    expect(life.state).toBe('stopped')
  })

  it('that was aborted closes also what it opens afterwards', async () => {
    const { life, calls, open, close, opened } = setUp()
    const controller = new AbortController()
    const start = life.start(open, close, { signal: controller.signal })
    controller.abort(new Error('too slow'))
    await start.catch(() => undefined)
    opened.resolve()
    await new Promise(resolve => setImmediate(resolve))
    expect(calls).toEqual(['open', 'close', 'close'])
  })
})

describe('stopping', () => {
  it('leads through stopping to stopped', async () => {
    const { life, states, open, close, opened } = setUp()
    opened.resolve()
    await life.start(open, close)
    await life.stop(close)
    expect(states.slice(2)).toEqual(['ready>stopping', 'stopping>stopped'])
  })

  it('happens once, however many ask for it', async () => {
    const { life, calls, open, close, opened } = setUp()
    opened.resolve()
    await life.start(open, close)
    await Promise.all([life.stop(close), life.stop(close)])
    await life.stop(close)
    expect(calls).toEqual(['open', 'close'])
  })

  it('before a start resolves, and the start is then refused', async () => {
    const { life, open, close } = setUp()
    await life.stop(close)
    expect(life.state).toBe('stopped')
    await expect(life.start(open, close)).rejects.toEqual(misuse('is stopped and cannot be started after its stop'))
  })

  it('during a start ends it, and the start is refused', async () => {
    const { life, states, calls, close } = setUp()
    let reason: unknown
    const open = (signal: AbortSignal) =>
      new Promise<void>((_, reject) =>
        signal.addEventListener('abort', () => {
          reason = signal.reason
          reject(reason)
        }),
      )
    const start = life.start(open, close).catch((error: unknown) => error)
    await life.stop(close)
    expect(await start).toEqual(misuse('finish its start'))
    expect(reason).toEqual(misuse('finish its start'))
    expect(calls).toEqual(['close'])
    expect(states).toEqual(['idle>starting', 'starting>stopping', 'stopping>stopped'])
  })

  it('does not wait for a start that blocks, and closes what it still opens', async () => {
    const { life, calls, open, close, opened } = setUp()
    const start = life.start(open, close).catch((error: unknown) => error)
    await life.stop(close)
    expect(life.state).toBe('stopped')
    expect(await start).toEqual(misuse('finish its start'))
    opened.resolve()
    await new Promise(resolve => setImmediate(resolve))
    expect(calls).toEqual(['open', 'close', 'close'])
    expect(life.state).toBe('stopped')
  })

  it('ends in stopped even when closing fails', async () => {
    const { life, open, opened } = setUp()
    opened.resolve()
    await life.start(open, async () => {})
    await expect(life.stop(() => Promise.reject(new Error('stuck')))).rejects.toThrow('stuck')
    expect(life.state).toBe('stopped')
  })
})

describe('a wire that goes and comes', () => {
  it('makes a ready transport degraded and ready again, each told once with its reason', async () => {
    const { life, states, errors, open, close, opened } = setUp()
    opened.resolve()
    await life.start(open, close)
    const gone = new Error('gone')
    life.become('degraded', gone)
    life.become('degraded', new Error('still gone'))
    life.become('ready')
    expect(states.slice(2)).toEqual(['ready>degraded', 'degraded>ready'])
    expect(errors).toEqual([gone])
  })

  it('changes nothing before the start or after the stop', async () => {
    const { life, states, close } = setUp()
    life.become('ready')
    expect(life.state).toBe('idle')
    await life.stop(close)
    life.become('ready')
    expect(states).toEqual(['idle>stopping', 'stopping>stopped'])
  })

  it('leaves a degraded transport usable, and refuses use before the start and after the stop', async () => {
    const { life, open, close, opened } = setUp()
    expect(() => life.requireStarted('publish')).toThrow(misuse('is idle and cannot publish'))
    opened.resolve()
    await life.start(open, close)
    life.become('degraded')
    expect(() => life.requireStarted('subscribe')).not.toThrow()
    await life.stop(close)
    expect(() => life.requireStarted('subscribe')).toThrow(misuse('is stopped and cannot subscribe'))
    expect(() => life.requireStarted('publish')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ outcome: 'failed' }) }),
    )
  })
})
