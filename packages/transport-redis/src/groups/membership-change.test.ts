import { describe, expect, it } from 'vitest'
import { toMembershipChange } from './membership-change.ts'

describe('news', () => {
  it('are read as Lua writes them', () => {
    const text = '{"queue":"a:inbox:a","members":{},"orphans":2,"version":"7","target":""}'
    expect(toMembershipChange(Buffer.from(text))).toEqual({
      ...{ queue: 'a:inbox:a', members: [], orphans: true, version: '7', target: '' },
    })
    expect(toMembershipChange(Buffer.from('{"queue":"q","members":["i.1"],"orphans":0}'))).toMatchObject({
      ...{ members: ['i.1'], orphans: false, version: undefined },
    })
  })

  it.each(['', 'null', '[]', '{"queue":7}', 'rubbish'])('of somebody else are ignored: %j', text => {
    expect(toMembershipChange(Buffer.from(text))).toBeUndefined()
  })
})
