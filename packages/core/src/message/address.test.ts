import { describe, expect, it } from 'vitest'
import { formatAddress, formatAgentRef, parseAgentRef, toInboxAddress, toTopicAddress } from './address.ts'

describe('an address', () => {
  it('of an agent is its inbox', () => {
    expect(toInboxAddress('billing')).toEqual({ kind: 'inbox', agent: 'billing', instance: undefined })
    expect(toInboxAddress('billing/01J')).toEqual({ kind: 'inbox', agent: 'billing', instance: '01J' })
  })

  it('of a message type is its topic', () => {
    expect(toTopicAddress('order.placed')).toEqual({ kind: 'topic', topic: 'order.placed' })
  })

  it('is shown as a person reads it', () => {
    expect(formatAddress(toInboxAddress('billing'))).toBe('billing')
    expect(formatAddress(toInboxAddress('billing/01J'))).toBe('billing/01J')
    expect(formatAddress(toTopicAddress('order.placed'))).toBe('topic order.placed')
  })

  it('is read back from how it is written', () => {
    for (const text of ['billing', 'billing/01J8ZQ7XKM3N5P6R8S9TAVBWCX'])
      expect(formatAgentRef(parseAgentRef(text))).toBe(text)
  })

  it('is refused under a bad name', () => {
    for (const bad of ['', '../x', 'A', 'a/b/c', '*']) {
      expect(() => toInboxAddress(bad)).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }))
    }
    for (const bad of ['', 'a..b', '#', 'sm.reply']) {
      expect(() => toTopicAddress(bad)).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }))
    }
  })
})
