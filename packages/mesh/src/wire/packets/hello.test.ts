import { describe, expect, it } from 'vitest'
import { helloOf, instances } from '../../../test/raw-peer.ts'
import { readHello, readInterests } from './hello.ts'

const hello = helloOf('shop', instances[1])
const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const code = (expected: string) => expect.objectContaining({ code: expected })

describe('a hello', () => {
  it('is read as it was written, and without what this version does not know', () => {
    expect(readHello(json({ ...hello, novelty: 1 }))).toEqual(hello)
  })

  it('of somebody else than the connection has authenticated is refused', () => {
    const { agent, instance } = hello
    expect(readHello(json(hello), { agent, instance })).toEqual(hello)
    for (const proved of [
      { agent: 'other', instance },
      { agent, instance: instances[0] },
    ]) {
      expect(() => readHello(json(hello), proved)).toThrow(code('SM_MESH_PROTOCOL'))
    }
  })

  it.each<[string, unknown, string]>([
    ['namespace', undefined, 'SM_NAME_INVALID'],
    ['namespace', '../other', 'SM_NAME_INVALID'],
    ['agent', 'Shop', 'SM_NAME_INVALID'],
    ['agent', 7, 'SM_NAME_INVALID'],
    ['instance', undefined, 'SM_MESH_PROTOCOL'],
    ['instance', 'not a ulid', 'SM_MESH_PROTOCOL'],
    ['hostId', '', 'SM_MESH_PROTOCOL'],
    ['hostId', 'a/b', 'SM_MESH_PROTOCOL'],
    ['hostId', 'x'.repeat(65), 'SM_MESH_PROTOCOL'],
    ['processId', -1, 'SM_MESH_PROTOCOL'],
    ['processId', '7', 'SM_MESH_PROTOCOL'],
    ['processId', 2 ** 31, 'SM_MESH_PROTOCOL'],
    ['maxFrameBytes', 0, 'SM_MESH_PROTOCOL'],
    ['maxFrameBytes', 1.5, 'SM_MESH_PROTOCOL'],
    ['maxFrameBytes', null, 'SM_MESH_PROTOCOL'],
    ['wire', undefined, 'SM_MESH_PROTOCOL'],
    ['wire', { major: '1', minor: 0 }, 'SM_MESH_PROTOCOL'],
    ['wire', { major: 1 }, 'SM_MESH_PROTOCOL'],
    ['wire', { major: 0, minor: 0 }, 'SM_MESH_VERSION'],
    ['wire', { major: 2, minor: 0 }, 'SM_MESH_VERSION'],
  ])('with the %s %j is refused with %s', (field, value, expected) => {
    expect(() => readHello(json({ ...hello, [field]: value }))).toThrow(code(expected))
  })

  it.each(['', '{', '[]', 'null', '7', '"hello"'])('of the text %j is refused', text => {
    expect(() => readHello(Buffer.from(text))).toThrow(code('SM_MESH_PROTOCOL'))
  })

  it('takes bodies packed only where it says so in so many words', () => {
    expect([undefined, 1, 'true', false, true].map(packed => readHello(json({ ...hello, packed })).packed)).toEqual([
      ...[false, false, false, false, true],
    ])
  })
})

describe('a change of interests', () => {
  const inbox = { id: 1, target: { kind: 'inbox', agent: 'shop' }, group: 'shop', credit: 0 }
  const pattern = { id: 0xffff, target: { kind: 'pattern', pattern: 'a.*.#' }, group: 'shop/01J', credit: 0x7fff_ffff }

  it('is read as it was written', () => {
    const add = [inbox, pattern, { ...inbox, target: { ...inbox.target, instance: instances[0] } }]
    expect(readInterests(json({ add, remove: [3, 0] }), 10)).toEqual({ add, remove: [3, 0] })
  })

  it.each<[string, unknown, string]>([
    ['no list', { add: {}, remove: [] }, 'SM_MESH_PROTOCOL'],
    ['no removals', { add: [] }, 'SM_MESH_PROTOCOL'],
    ['an id that is none', { add: [], remove: [65_536] }, 'SM_MESH_PROTOCOL'],
    ['an interest without an id', { add: [{ ...inbox, id: undefined }], remove: [] }, 'SM_MESH_PROTOCOL'],
    ['too much credit', { add: [{ ...inbox, credit: 2 ** 31 }], remove: [] }, 'SM_MESH_PROTOCOL'],
    ['a group with a bad name', { add: [{ ...inbox, group: 'a b' }], remove: [] }, 'SM_NAME_INVALID'],
    [
      'a bad pattern',
      { add: [{ ...pattern, target: { kind: 'pattern', pattern: 'a..b' } }], remove: [] },
      'SM_NAME_INVALID',
    ],
    ['another target', { add: [{ ...inbox, target: { kind: 'queue' } }], remove: [] }, 'SM_MESH_PROTOCOL'],
    ['no target', { add: [{ ...inbox, target: null }], remove: [] }, 'SM_MESH_PROTOCOL'],
    ['no interest', { add: [null], remove: [] }, 'SM_NAME_INVALID'],
    [
      'a bad instance',
      { add: [{ ...inbox, target: { ...inbox.target, instance: 'x' } }], remove: [] },
      'SM_MESH_PROTOCOL',
    ],
    ['too many', { add: Array(11).fill(inbox), remove: [] }, 'SM_MESH_LIMIT'],
    ['too many removals', { add: [], remove: Array(11).fill(1) }, 'SM_MESH_LIMIT'],
  ])('with %s is refused', (_, change, expected) => {
    expect(() => readInterests(json(change), 10)).toThrow(code(expected))
  })
})
