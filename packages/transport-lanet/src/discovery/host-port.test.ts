import { expect, it } from 'vitest'
import { formatHostPort, parseHostPort } from './host-port.ts'

it.each([
  ['10.0.0.5:7400', '10.0.0.5', 7_400],
  ['printer.lan:1', 'printer.lan', 1],
  ['[fd00::7]:65535', 'fd00::7', 65_535],
  ['[fe80::1%eth0]:80', 'fe80::1%eth0', 80],
])('%s is read, and written as it was', (text, host, port) => {
  expect(parseHostPort(text)).toEqual({ host, port })
  expect(formatHostPort({ host, port })).toBe(text)
})

it.each([
  '',
  'host',
  'host:',
  ':80',
  'host:0',
  'host:65536',
  'fd00::7:80',
  '[nonsense]:80',
  '[10.0.0.5]:80',
  '-x:80',
  'a b:80',
])('%j is no place to dial', text => expect(parseHostPort(text)).toBeUndefined())
