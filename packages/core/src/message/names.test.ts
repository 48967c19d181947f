import { describe, expect, it } from 'vitest'
import { parseAgentRef } from './address.ts'
import {
  checkAgentId,
  checkExtensionName,
  checkGroup,
  checkMessageType,
  checkNamespace,
  checkPattern,
  checkWireType,
  nameLimits,
} from './names.ts'

const code = (code: string) => expect.objectContaining({ code })

/** Names that must pass no check: they could climb out of a directory, a subject, a key, a log line or a regular expression. */
const escapes = [
  '',
  '.',
  '..',
  '../x',
  '..\\x',
  '/etc/passwd',
  'a/b/c',
  'a b',
  'a\tb',
  'a\nb',
  'a\n',
  'a\0',
  'a\u200b',
  'A>',
  '>',
  'a:b',
  'a{b}',
  'a%2fb',
  'a$b',
  'a;b',
  'a`b`',
  'a"b',
  "a'b",
  'a\\b',
  'ä',
  'аgent',
  '-a',
  '_a',
  '\ud800',
]

const wrongKinds = [undefined, null, 7, true, {}, ['a'], { toString: () => 'a' }]

const parts = [
  ['namespace', checkNamespace],
  ['agent id', checkAgentId],
  ['group', checkGroup],
] as const

const dotted = [
  ['message type', checkMessageType],
  ['wire type', checkWireType],
  ['pattern', checkPattern],
] as const

const all: ReadonlyArray<readonly [string, (value: unknown) => void]> = [
  ...parts,
  ...dotted,
  ['extension name', checkExtensionName],
]

describe.each(all)('a %s', (_, check) => {
  it.each(escapes)('is refused when it is %j', value => {
    expect(() => check(value)).toThrow(code('SM_NAME_INVALID'))
  })

  it.each(wrongKinds)('is refused when it is no text: %o', value => {
    expect(() => check(value)).toThrow(code('SM_NAME_INVALID'))
  })

  it('is refused when it is overlong, and the error shows only its beginning', () => {
    const overlong = 'a'.repeat(100_000)
    expect(() => check(overlong)).toThrow(code('SM_NAME_INVALID'))
    expect(() => check(overlong)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('a'.repeat(101)) }),
    )
  })
})

describe.each(parts)('a %s', (_, check) => {
  it.each(['a', '7', 'billing', 'order-desk_2', 'a'.repeat(nameLimits.part)])('may be %j', value => {
    check(value)
  })

  it.each(['A', 'Billing', 'a.b', '*', '#', 'a*', 'a'.repeat(nameLimits.part + 1)])('may not be %j', value => {
    expect(() => check(value)).toThrow(code('SM_NAME_INVALID'))
  })
})

describe.each([
  ['namespace', checkNamespace],
  ['agent id', checkAgentId],
] as const)('a %s', (_, check) => {
  it('has no slash', () => {
    expect(() => check('a/b')).toThrow(code('SM_NAME_INVALID'))
  })
})

describe('a group', () => {
  it('may name an instance after a slash', () => {
    checkGroup('billing/01J8ZQ7XKM3N5P6R8S9TAVBWCX')
  })

  it.each(['billing/', '/x', 'billing/a/b', 'billing/..', 'billing/a-b', `billing/${'a'.repeat(27)}`])(
    'may not be %j',
    value => {
      expect(() => checkGroup(value)).toThrow(code('SM_NAME_INVALID'))
    },
  )
})

describe('an agent reference', () => {
  it('is an agent, or an agent and an instance', () => {
    expect(parseAgentRef('billing')).toEqual({ agent: 'billing' })
    expect(parseAgentRef('billing/01J8')).toEqual({ agent: 'billing', instance: '01J8' })
  })

  it.each([...escapes, 'billing/', '/01J8', 'billing/01J8/', 'billing/..', 'billing//01J8', 'Billing', 'a.b', '*'])(
    'may not be %j',
    value => {
      expect(() => parseAgentRef(value)).toThrow(code('SM_NAME_INVALID'))
    },
  )
})

describe.each(dotted)('a %s', (_, check) => {
  it.each(['order', 'order.placed', 'Order.lineItem_2.re-opened', '7.8', 'a'.repeat(nameLimits.type)])(
    'may be %j',
    value => {
      check(value)
    },
  )

  it.each(['a.', '.a', 'a..b', 'a.b/c', 'a.*b', 'a.b*', 'a.##', 'a.-b', 'a'.repeat(nameLimits.type + 1)])(
    'may not be %j',
    value => {
      expect(() => check(value)).toThrow(code('SM_NAME_INVALID'))
    },
  )

  it('has at most 16 segments', () => {
    check(Array(16).fill('a').join('.'))
    expect(() => check(Array(17).fill('a').join('.'))).toThrow(code('SM_NAME_INVALID'))
  })
})

describe('wildcards', () => {
  it.each(['*', '#', 'order.*', '#.placed', '*.#.*'])('%j is a pattern, and no message type', value => {
    checkPattern(value)
    expect(() => checkMessageType(value)).toThrow(code('SM_NAME_INVALID'))
    expect(() => checkWireType(value)).toThrow(code('SM_NAME_INVALID'))
  })
})

describe('types under "sm."', () => {
  it.each(['sm', 'sm.reply', 'sm.x.y'])('%j is the library’s own: legal on a wire, not in a definition', value => {
    checkWireType(value)
    expect(() => checkMessageType(value)).toThrow(code('SM_NAME_INVALID'))
  })

  it('does not take in those that only begin alike', () => {
    checkMessageType('smart.order')
  })
})

describe('an extension name', () => {
  it.each(['a', 'tenant', 'rpc2', 'subject', 'dataschema', 'a'.repeat(20)])('may be %j', value => {
    checkExtensionName(value)
  })

  it.each(['a-b', 'a_b', 'a.b', 'Tenant', '__proto__', 'a'.repeat(21)])('may not be %j', value => {
    expect(() => checkExtensionName(value)).toThrow(code('SM_NAME_INVALID'))
  })

  it.each(['id', 'source', 'type', 'time', 'data', 'to', 'replyto', 'partitionkey', 'traceparent', 'smversion'])(
    'may not be %j, which would hide an attribute of the header on a broker',
    value => {
      expect(() => checkExtensionName(value)).toThrow(code('SM_NAME_INVALID'))
    },
  )
})
