import { describe, expect, it } from 'vitest'
import { frameFor, topic } from '../../../../tooling/test/transport-world.ts'
import { hasPassed, mostHops, readMarks, withPassage } from './marks.ts'

const header = (extensions?: Record<string, string>) => frameFor(topic('order.placed'), 1, { extensions }).header
const here = { bridge: 'office-dc', wire: '0123abcd' }

describe('the marks of a bridge', () => {
  it('are none on a message that was never bridged', () => {
    expect(readMarks(header())).toEqual({ hops: 0, passages: [], malformed: false })
    expect(readMarks(header({ tenant: 'acme' })).malformed).toBe(false)
  })

  it('count hops and name bridges, beside the other extensions', () => {
    const once = withPassage(header({ tenant: 'acme' }), readMarks(header()), here)
    expect(once?.extensions).toEqual({ tenant: 'acme', smhops: '1', smbridges: 'office-dc@0123abcd' })
    const twice = withPassage(once as never, readMarks(once as never), { bridge: 'b', wire: '99999999' })
    expect(twice?.extensions).toMatchObject({ smhops: '2', smbridges: 'office-dc@0123abcd b@99999999' })
    expect(readMarks(twice as never)).toEqual({
      hops: 2,
      passages: [here, { bridge: 'b', wire: '99999999' }],
      malformed: false,
    })
  })

  it('tell a message that would cross the same bridge again, or go back onto a wire that it came from', () => {
    const marks = readMarks(header({ smhops: '1', smbridges: 'office-dc@0123abcd' }))
    expect(hasPassed(marks, 'office-dc', 'ffffffff')).toBe(true)
    expect(hasPassed(marks, 'another', '0123abcd')).toBe(true)
    expect(hasPassed(marks, 'another', 'ffffffff')).toBe(false)
  })

  it('count every bridge that they name, whatever number they tell', () => {
    expect(readMarks(header({ smhops: '0', smbridges: 'a@00000000 b@00000001' })).hops).toBe(2)
    expect(readMarks(header({ smhops: '3' })).hops).toBe(3)
  })

  it.each<[string, Record<string, string>]>([
    ['no number', { smhops: 'many' }],
    ['nothing', { smhops: '' }],
    ['negative', { smhops: '-1' }],
    ['a fraction', { smhops: '1.5' }],
    ['hexadecimal', { smhops: '0x1' }],
    ['with an exponent', { smhops: '1e2' }],
    ['huge', { smhops: '99999999999999999999999999' }],
    ['padded', { smhops: ' 1' }],
    ['no list of bridges', { smbridges: 'what is this?' }],
    ['an empty list', { smbridges: '' }],
    ['names that no bridge can have', { smbridges: '../../etc@00000000' }],
    [
      'too many bridges',
      {
        smbridges: Array(mostHops + 1)
          .fill('a@00000000')
          .join(' '),
      },
    ],
    ['as long as an extension may be', { smbridges: 'x'.repeat(2_048) }],
  ])('that are %s count as none', (_what, extensions) => {
    expect(readMarks(header(extensions))).toEqual({ hops: 0, passages: [], malformed: true })
  })

  it('fit on a message of the most hops, and are refused where 32 extensions leave no room', () => {
    const many = Array.from({ length: mostHops - 1 }, (_, i) => `${String(i).padStart(63, 'a')}@00000000`).join(' ')
    const marked = header({ smhops: String(mostHops - 1), smbridges: many })
    const last = withPassage(marked, readMarks(marked), { bridge: 'z'.repeat(63), wire: 'ffffffff' })
    expect(readMarks(last as never)).toMatchObject({ hops: mostHops, malformed: false })
    const full = header(Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`x${i}`, '1'])))
    expect(withPassage(full, readMarks(full), here)).toBeUndefined()
  })
})
