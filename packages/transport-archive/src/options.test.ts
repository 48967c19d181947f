import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { archive } from './archive.ts'
import { fromUrl, toArchiveSettings } from './options.ts'

const any = (value: unknown) => value as never
const refusal = (option: string) =>
  expect.objectContaining({
    code: 'SM_ARCHIVE_OPTIONS',
    message: expect.stringMatching(new RegExp(`${option} .*Correct the option`)),
    details: { option },
  })

describe('the options of an archive', () => {
  it('have defaults, but for the directory', () => {
    expect(toArchiveSettings({ directory: 'files' })).toEqual({
      directory: resolve('files'),
      types: ['#'],
      maxFileBytes: 64 * 1024 * 1024,
      maxFileAgeMs: 24 * 60 * 60 * 1000,
      maxFiles: Number.POSITIVE_INFINITY,
      compress: 'none',
      fsync: 'interval',
      fsyncIntervalMs: 1_000,
      maxWaitingBytes: 8 * 1024 * 1024,
      checkMs: 1_000,
    })
  })

  it.each([
    ['directory', { directory: undefined }],
    ['directory', { directory: '' }],
    ['directory', { directory: 'a\0b' }],
    ['types', { types: 'order.#' }],
    ['types', { types: [] }],
    ['types', { types: ['Order Placed'] }],
    ['maxFileBytes', { maxFileBytes: 0 }],
    ['maxFileAgeMs', { maxFileAgeMs: 1.5 }],
    ['maxFiles', { maxFiles: '7' }],
    ['maxWaitingBytes', { maxWaitingBytes: -1 }],
    ['checkMs', { checkMs: Number.NaN }],
    ['compress', { compress: 'gzip' }],
    ['fsync', { fsync: true }],
    ['fsyncIntervalMs', { fsync: 'interval', fsyncIntervalMs: 0 }],
    ['fsyncIntervalMs', { fsync: 'always', fsyncIntervalMs: 50 }],
  ])('are refused by name: %s %o', (option, options) => {
    expect(() => toArchiveSettings(any({ directory: 'files', ...options }))).toThrow(refusal(option))
  })

  it('are all known to the definition', () => {
    expect(Object.keys(archive.definition.options ?? {}).sort()).toEqual(
      Object.keys(toArchiveSettings({ directory: 'files' })).sort(),
    )
  })
})

describe('a URL', () => {
  it('stands for options', () => {
    const url = 'archive:///var/lib/my%20orders?types=order.%23&types=stock.*&maxFiles=7&compress=zstd&fsync=never'
    expect(fromUrl(new URL(url))).toEqual({
      directory: '/var/lib/my orders',
      types: ['order.#', 'stock.*'],
      maxFiles: 7,
      compress: 'zstd',
      fsync: 'never',
    })
    expect(fromUrl(new URL('archive:///files'))).toEqual({ directory: '/files' })
  })

  it.each([
    ['directory', 'archive:'],
    ['directory', 'archive://relative/path'],
    ['directory', 'archive:///a%ZZ'],
  ])('is refused: %s in %s', (option, url) => {
    expect(() => fromUrl(new URL(url))).toThrow(refusal(option))
  })

  it('with a number that is none is refused by its name', () => {
    for (const value of ['', 'many', '-1']) {
      const options = fromUrl(new URL(`archive:///files?maxFiles=${value}`))
      expect(() => toArchiveSettings(options)).toThrow(refusal('maxFiles'))
    }
  })
})
