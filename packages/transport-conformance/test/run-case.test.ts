import assert from 'node:assert/strict'
import { codecNamed, type Transport, type TransportContext } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import type { TransportHarness } from '../src/harness.ts'
import { type ConformanceCase, type Environment, NotApplicable, probe, runCase, runSuite } from '../src/suite.ts'
import { topic } from '../src/test-peer.ts'
import { bases } from './harnesses.ts'
import { onTheWay } from './override.ts'

const rule = (run: ConformanceCase['run'], needs?: ConformanceCase['needs']): ConformanceCase => ({
  id: 'ACK-01',
  title: 'A rule.',
  run,
  ...(needs && { needs }),
})

const holds = async () => {}
const breaks = async () => assert.fail('it does not hold')

async function resultOf(one: ConformanceCase, harness: TransportHarness = bases.memory()) {
  const { result, reason } = await runCase(one, { harness, subject: await probe(harness), codec: codecNamed('json') })
  return { result, reason }
}

describe('running a case', () => {
  it('passes when nothing is thrown, and fails with what was', async () => {
    expect(await resultOf(rule(holds))).toEqual({ result: 'pass', reason: undefined })
    expect(await resultOf(rule(breaks))).toEqual({ result: 'fail', reason: 'it does not hold' })
  })

  it('shows what holds instead when a need is not met', async () => {
    const unmet = () => 'it has none'
    expect(await resultOf(rule(breaks, [{ unmet, otherwise: holds }]))).toEqual({
      result: 'else',
      reason: 'it has none',
    })
    expect((await resultOf(rule(holds, [{ unmet, otherwise: breaks }]))).result).toBe('fail')
  })

  it('is not run, with the reason, when nothing can be shown instead', async () => {
    expect(await resultOf(rule(breaks, [{ unmet: () => 'no hook' }]))).toEqual({ result: 'not run', reason: 'no hook' })
    const inapplicable = (shown: boolean) => () => Promise.reject(new NotApplicable('nothing to see', shown))
    expect(await resultOf(rule(inapplicable(false)))).toEqual({ result: 'not run', reason: 'nothing to see' })
    expect(await resultOf(rule(inapplicable(true)))).toEqual({ result: 'else', reason: 'nothing to see' })
  })

  it('runs a declared deviation, and tells when it holds all the same', async () => {
    const harness = { ...bases.memory(), deviations: { 'ACK-01': 'its acks are lost' } }
    expect(await resultOf(rule(breaks), harness)).toEqual({
      result: 'else',
      reason: 'declared deviation: its acks are lost',
    })
    const { result, reason } = await resultOf(rule(holds), harness)
    expect([result, reason]).toEqual(['pass', 'though declared as a deviation: its acks are lost'])
  })

  it.each([
    ['a rejection', () => void Promise.reject(new Error('lost in the wire'))],
    ['an exception', () => void setImmediate(() => assert.fail('lost in the wire'))],
  ])('fails for %s that nobody caught, and the next case is run', async (_what, leave) => {
    const careless = async () => {
      leave()
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    const { result, reason } = await resultOf(rule(careless))
    expect([result, reason?.split('\n', 1)[0]]).toEqual([
      'fail',
      'It left a fault that nobody caught: lost in the wire',
    ])
    expect(await resultOf(rule(holds))).toEqual({ result: 'pass', reason: undefined })
  })

  it('ends a case whose wire delivers without end, before it fills the memory', async () => {
    const { open, ...memory } = bases.memory()
    const circling = {
      ...memory,
      open: async (context: TransportContext) =>
        onTheWay(await open(context), () => (delivery, hand) => {
          const again = () => {
            for (let i = 0; i < 1_000; i++) hand(delivery)
            timer = setTimeout(again)
          }
          let timer = setTimeout(again)
          setTimeout(() => clearTimeout(timer), 5_000).unref()
        }),
    }
    const waits = async (env: Environment) => {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const listener = await consumer.listen('round.and.round')
      await producer.send(topic('round.and.round'))
      await listener.got(1_000_000)
    }
    const { result, reason } = await resultOf(rule(waits), circling)
    expect([result, reason]).toEqual(['fail', expect.stringContaining('goes round in circles')])
  })

  it('ends a case that hangs, and stops the transports that it has started', async () => {
    const started: Transport[] = []
    const { open, ...memory } = bases.memory()
    const harness = {
      ...memory,
      caseTimeoutMs: 50,
      open: async (context: TransportContext) => {
        const transport = await open(context)
        started.push(transport)
        return transport
      },
    }
    const hangs = async (env: Environment) => {
      await env.peer('patient')
      await new Promise(() => {})
    }
    expect(await resultOf(rule(hangs), harness)).toEqual({
      result: 'fail',
      reason: 'It never came to this: the case ends',
    })
    expect(started.map(({ state }) => state)).toEqual(['stopped', 'stopped'])
  })
})

describe('running the suite', () => {
  const cases = [rule(holds)]

  it('refuses deviations from rules that there are not, and without a reason', async () => {
    const deviating = (deviations: Record<string, string>) => runSuite({ ...bases.memory(), deviations }, { cases })
    await expect(deviating({ 'ACK-99': 'none' })).rejects.toThrow(/ACK-99: no such rule/)
    await expect(deviating({ 'ACK-01': ' ' })).rejects.toThrow(/without a reason/)
  })

  it('fails every rule of a transport that does not start', async () => {
    const harness = { ...bases.memory(), open: () => Promise.reject(new Error('no pipes here')) }
    const { rules } = await runSuite(harness, { cases })
    expect(rules.map(({ result, reason }) => [result, reason])).toEqual([
      ['fail', 'It could not be tried: no pipes here'],
    ])
  })

  it('is not run where what it needs is not there, and cleans up in any case', async () => {
    let down = 0
    const setUp = () => Promise.reject(new Error('no broker is installed'))
    const { rules } = await runSuite({ ...bases.memory(), setUp, tearDown: () => void down++ }, { cases })
    expect(rules.map(({ result }) => result)).toEqual(['not run'])
    expect(rules[0]?.reason).toBe('What it needs is not there: no broker is installed')
    expect(down).toBe(1)
  })

  it('takes the worst result of all codecs, and says with which', async () => {
    const onlyJson = rule(async ({ codec }) => assert.equal(codec.name, 'json', 'it reads nothing else'))
    const { rules } = await runSuite(bases.memory(), { cases: [onlyJson] })
    expect(rules.map(({ result, reason }) => [result, reason?.split('\n', 1)[0]])).toEqual([
      ['fail', 'with msgpack: it reads nothing else'],
    ])
  })

  it('has agents use a transport that is made in another place, and later', async () => {
    const { open, ...memory } = bases.memory()
    const harness = {
      ...memory,
      open: async (context: TransportContext) => {
        await new Promise(resolve => setTimeout(resolve, 1))
        return open(context)
      },
    }
    const { rules } = await runSuite(harness, { codecs: ['json'], atOnce: 80 })
    expect(rules.filter(({ result }) => result === 'fail')).toEqual([])
  })
})
