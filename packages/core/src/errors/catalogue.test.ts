import { describe, expect, it } from 'vitest'
import { smError } from './agent-error.ts'
import { coreCatalogue } from './catalogue.ts'
import type { CatalogueEntry } from './sm-error.ts'
import { transportError } from './transport-error.ts'

const entries = Object.entries(coreCatalogue) as ReadonlyArray<[keyof typeof coreCatalogue, CatalogueEntry]>

describe('the catalogue of core', () => {
  it.each(entries)('says of %s what it means, what to do, and whether to try again', (code, entry) => {
    expect(code).toMatch(/^SM_[A-Z]+(_[A-Z]+)+$/)
    expect(entry.meaning).toMatch(/^[A-Z].{10,}\.$/)
    expect(entry.remedy).toMatch(/^[A-Z].{10,}\.$/)
    expect(typeof entry.retryable).toBe('boolean')
    expect(Object.keys(entry).sort()).toEqual(['meaning', 'remedy', 'retryable'])
  })

  it('gives no two codes the same meaning', () => {
    expect(new Set(entries.map(([, entry]) => entry.meaning)).size).toBe(entries.length)
  })

  it.each(entries)('makes errors of %s that carry code, remedy and retryability', (code, entry) => {
    const error = transportError(code, 'Something happened')
    expect(error.code).toBe(code)
    expect(error.message).toBe(`[${code}] Something happened. ${entry.remedy}`)
    expect(error.retryable).toBe(entry.retryable)
  })

  it('gives agents the errors of their codes as transports get them', () => {
    const { code, message, retryable } = smError('SM_ROUTE_NONE', 'No way', { details: { outcome: 'failed' } })
    expect(transportError('SM_ROUTE_NONE', 'No way')).toMatchObject({ code, message, retryable })
  })
})
