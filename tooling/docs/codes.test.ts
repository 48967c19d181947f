import { describe, expect, it } from 'vitest'
import { isTest } from '../check/architecture/source-file.ts'
import { sourceFiles } from '../check/architecture.ts'
import { publicPackages } from '../workspace/packages.ts'
import { packageCatalogues } from './catalogues.ts'
import { type CodeUse, codesInCode, codesInText, papers } from './codes.ts'
import { projectVariables } from './environment.ts'

const files = sourceFiles()
const catalogues = await packageCatalogues()
const known = new Set(catalogues.flatMap(({ catalogue }) => Object.keys(catalogue)))
const variables = projectVariables()

/** Codes of no package: of handlers and packages that papers and the conformance suite imagine. */
const imagined: ReadonlySet<string> = new Set([
  'SM_AREA_WHAT',
  'SM_BANK_FUNDS',
  'SM_CONFORMANCE',
  'SM_CONFORMANCE_REFUSED',
  'SM_REDIS_AUTH',
])
const exists = (code: string) => known.has(code) || imagined.has(code)

/** The packages that are built on another. */
function dependentsOf(name: string): readonly string[] {
  return publicPackages().flatMap(({ manifest, path }) => (manifest.dependencies?.[name] ? [path] : []))
}

const show = (uses: readonly CodeUse[]) => uses.map(({ code, path }) => `${code} in ${path}`)

describe('error codes', () => {
  it('are in a catalogue when a source uses them', () => {
    expect(show(codesInCode(files).filter(({ code }) => !exists(code)))).toEqual([])
  })

  it('are used by the package whose catalogue has them, or by those built on it', () => {
    const used = codesInCode(files)
    const idle = catalogues.flatMap(({ name, path, catalogue }) => {
      // A toolkit has the codes that what is built on it throws.
      const places = [path, ...dependentsOf(name)].map(place => `${place}/`)
      const isUsed = (code: string) =>
        used.some(use => use.code === code && places.some(place => use.path.startsWith(place)))
      return Object.keys(catalogue).filter(code => !isUsed(code))
    })
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
    const thrower = `${catalogue}\nexport const lost = () => redisError(\n  'SM_REDIS_LOST', 'gone')`
    expect(codesInCode([{ path: 'packages/redis/src/errors.ts', text: thrower }])).toEqual([
      { code: 'SM_REDIS_LOST', path: 'packages/redis/src/errors.ts' },
    ])
  })
})
