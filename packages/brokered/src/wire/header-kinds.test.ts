import { type Header, hasHeaderKind, toHeader } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { ReadHeaderKinds, WrittenHeaderKinds } from './header-kinds.ts'

const header = (more: object): Header => toHeader({ id: 'i', type: 't', from: 'f', time: 0, ...more })

describe('kinds of messages', () => {
  it('are written once, whatever differs from message to message', () => {
    const written: Header[] = []
    const kinds = new WrittenHeaderKinds(({ type, to }) => {
      written.push(header({}))
      return `${type} ${to}`
    })
    const say = (more: object) => kinds.of(header(more))
    expect([{}, { id: 'j', time: 9 }, { to: 'x' }, { correlationId: 'c', expiresAt: 4 }, { to: 'x' }].map(say)).toEqual(
      ['t undefined', 't undefined', 't x', 't undefined', 't x'],
    )
    expect(written).toHaveLength(2)
  })

  it.each(['version', 'from', 'to', 'replyTo', 'delivery', 'contentType'] as const)('differ by %s', name => {
    const values = {
      version: 2,
      from: 'g',
      to: 'x',
      replyTo: 'x',
      delivery: 'at-least-once',
      contentType: 'text/plain',
    }
    const kinds = new WrittenHeaderKinds(({ [name]: value }) => String(value))
    for (const each of [header({}), header({ [name]: values[name] }), header({})]) {
      expect(kinds.of(each)).toBe(String(each[name]))
    }
  })

  it('leave out what is rare', () => {
    expect(hasHeaderKind(header({ replyTo: 'x', correlationId: 'c' }))).toBe(true)
    const rare = { key: 'k', traceparent: 'p', tracestate: 's', encodings: ['gzip'], extensions: { a: 'b' } }
    for (const [name, value] of Object.entries(rare)) expect(hasHeaderKind(header({ [name]: value }))).toBe(false)
  })

  it('are forgotten when there are too many', () => {
    const kinds = new ReadHeaderKinds()
    for (let i = 0; i <= 256; i++) kinds.add(`${i}`, header({ id: `${i}` }))
    expect(kinds.get('1')).toBeUndefined()
    expect(kinds.get('256')?.id).toBe('256')
  })
})
