import { describe, expect, it } from 'vitest'
import { inboxPath, linkPaths, parseInboxName } from './pipe-names.ts'

const instance = '01JD0000000000000000000001'

describe('the names of pipes', () => {
  it('say whose inbox it is, and can be read back', () => {
    expect(inboxPath('/base/space', 'billing', instance)).toBe(`/base/space/billing.${instance}.in.pipe`)
    expect(parseInboxName(`billing.${instance}.in.pipe`)).toEqual({ agent: 'billing', instance })
  })

  it('of a link say who writes', () => {
    expect(linkPaths('/base', instance)).toEqual({
      caller: `/base/${instance}.caller.pipe`,
      called: `/base/${instance}.called.pipe`,
    })
  })

  it.each([
    '',
    '.',
    `billing.${instance}.in.pipe.new`,
    `billing.${instance}`,
    `${instance}.caller.pipe`,
    `Billing.${instance}.in.pipe`,
    `../billing.${instance}.in.pipe`,
    `billing.${instance.toLowerCase()}.in.pipe`,
    `billing.8${instance.slice(1)}.in.pipe`,
    `${'x'.repeat(64)}.${instance}.in.pipe`,
    `billing.${instance}.in.pipe\n`,
  ])('%j is not that of an inbox', name => {
    expect(parseInboxName(name)).toBeUndefined()
  })

  it('are refused when a path would be longer than a system takes, in bytes', () => {
    const rest = inboxPath('/', 'billing', instance).length
    expect(() => inboxPath(`/${'x'.repeat(1_023 - rest - 1)}`, 'billing', instance)).not.toThrow()
    const refusal = expect.objectContaining({ code: 'SM_PIPES_PATH' })
    expect(() => inboxPath(`/${'x'.repeat(1_023 - rest)}`, 'billing', instance)).toThrow(refusal)
    expect(() => linkPaths(`/${'ü'.repeat(600)}`, instance)).toThrow(refusal)
  })
})
