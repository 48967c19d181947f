import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromTxt, toTxt } from './txt-record.ts'

const self = {
  namespace: 'home',
  agent: 'billing',
  instance: '01JD0000000000000000000001',
  wire: '1.0',
  fingerprint: 'a21afd13e5a4ed38a381ec33731ab7f7',
  network: '0123456789abcdef',
  port: 7_400,
}

it('an announcement is read as it was written, and differs with its epoch', () => {
  expect(fromTxt(toTxt(self, 1), 7_400)).toEqual(self)
  expect(toTxt(self, 2)).not.toEqual(toTxt(self, 1))
  // Longer strings do not fit into a TXT record.
  for (const [key, value] of Object.entries(toTxt({ ...self, agent: 'a'.repeat(63) }, 1))) {
    expect(key.length + value.length).toBeLessThan(255)
  }
})

it.each([
  ['txtvers', '2'],
  ['namespace', '../etc'],
  ['agent', ''],
  ['instance', 'ONE'],
  ['wire', 'one'],
])('one whose %s is %j is none', (key, value) => {
  expect(fromTxt({ ...toTxt(self, 1), [key]: value }, 7_400)).toBeUndefined()
})

it('a key that is no short plain text counts as none', () => {
  const txt = { ...toTxt(self, 1), key: '\u001b[31m', network: 'x'.repeat(200) }
  expect(fromTxt(txt, 1)).toMatchObject({ fingerprint: '', network: '' })
})

it('whatever stands in a record, reading it does not throw', () => {
  fc.assert(fc.property(fc.anything(), fc.integer(), (txt, port) => void fromTxt(txt, port)))
  expect(fromTxt(toTxt(self, 1), 0)).toBeUndefined()
})
