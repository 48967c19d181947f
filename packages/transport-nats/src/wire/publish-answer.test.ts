import type { Msg } from '@nats-io/transport-node'
import { expect, it } from 'vitest'
import { readAnswer } from './publish-answer.ts'

const read = (text: string) => readAnswer({ data: Buffer.from(text) } as unknown as Msg)

it('is read', () => {
  expect(read('{"stream":"shop","seq":7}')).toEqual({ kind: 'stored', sequence: 7, isDuplicate: false })
  expect(read('{"stream":"shop","seq":0,"duplicate":true}')).toEqual({ kind: 'stored', sequence: 0, isDuplicate: true })
  expect(read('')).toEqual({ kind: 'missing' })
})

it('that asks for patience is told from a refusal', () => {
  for (const code of [10077, 10023, 10047]) {
    expect(read(`{"error":{"code":503,"err_code":${code},"description":"full"}}`)).toEqual({ kind: 'busy' })
  }
  expect(read('{"error":{"code":503,"err_code":99999}}')).toEqual({ kind: 'busy' })
  expect(
    read('{"error":{"code":400,"err_code":10054,"description":"message size exceeds maximum allowed"}}'),
  ).toMatchObject({
    kind: 'refused',
    error: { code: 'SM_BROKER_REFUSED', details: { outcome: 'failed' } },
  })
})

it('that nobody understands leaves open what became of the frame', () => {
  for (const text of ['nonsense', '{}', '{"seq":"7"}']) {
    expect(read(text)).toMatchObject({ kind: 'refused', error: { details: { outcome: 'unknown' } } })
  }
})
