import { describe, expect, it } from 'vitest'
import { isTest } from '../check/architecture/source-file.ts'
import { sourceFiles } from '../check/architecture.ts'
import { packageCatalogues } from './catalogues.ts'
import { type CodeUse, codesInCode, codesInText, papers } from './codes.ts'
import { variablesIn } from './environment.ts'

const files = sourceFiles()
const catalogues = await packageCatalogues()
const known = new Set(catalogues.flatMap(({ catalogue }) => Object.keys(catalogue)))
const variables = variablesIn(files)

/** Codes of no package: of handlers and packages that papers and the conformance suite imagine. */
const imagined: ReadonlySet<string> = new Set([
  'SM_AREA_WHAT',
  'SM_BANK_FUNDS',
  'SM_CONFORMANCE',
  'SM_CONFORMANCE_REFUSED',
  'SM_REDIS_AUTH',
])
const exists = (code: string) => known.has(code) || imagined.has(code)

const show = (uses: readonly CodeUse[]) => uses.map(({ code, path }) => `${code} in ${path}`)

describe('error codes', () => {
  it('are in a catalogue when a source uses them', () => {
    expect(show(codesInCode(files).filter(({ code }) => !exists(code)))).toEqual([])
  })

  it('are used by the package whose catalogue has them', () => {
    const used = codesInCode(files)
    const idle = catalogues.flatMap(({ path, catalogue }) =>
      Object.keys(catalogue).filter(code => !used.some(use => use.code === code && use.path.startsWith(`${path}/`))),
    )
    expect(idle).toEqual([])
  })

  it('stand in one catalogue each', () => {
    expect(known.size).toBe(catalogues.reduce((sum, { catalogue }) => sum + Object.keys(catalogue).length, 0))
  })

  it('exist where comments and papers speak of them', () => {
    const spoken = [...files.filter(({ path }) => !isTest(path)), ...papers()].flatMap(codesInText)
    const strange = spoken.filter(({ code }) => !exists(code) && !variables.has(code))
    expect(show(strange)).toEqual([])
  })
})

describe('the search for codes', () => {
  it('finds strings and not comments, and no catalogue', () => {
    const text = `// SM_A_COMMENT\nthrow smError('SM_USED_CODE', 'what')`
    expect(codesInCode([{ path: 'packages/core/src/a.ts', text }])).toEqual([
      { code: 'SM_USED_CODE', path: 'packages/core/src/a.ts' },
    ])
    const catalogue = `export const redisCatalogue = {\n  SM_REDIS_DOWN: { remedy: 'SM_REDIS_DOWN' } }`
    expect(codesInCode([{ path: 'packages/redis/src/errors.ts', text: catalogue }])).toEqual([])
  })
})
