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

const show = (uses: readonly CodeUse[]) => uses.map(({ code, path }) => `${code} in ${path}`)

describe('error codes', () => {
  it('are in a catalogue when a source uses them', () => {
    expect(show(codesInCode(files).filter(({ code }) => !known.has(code)))).toEqual([])
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
    const strange = spoken.filter(({ code }) => !known.has(code) && !variables.has(code) && !isExample(code))
    expect(show(strange)).toEqual([])
  })
})

/** Codes of imaginary packages, by which the papers show how to make one's own. */
function isExample(code: string): boolean {
  return ['SM_REDIS_AUTH', 'SM_AREA_WHAT'].includes(code)
}

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
