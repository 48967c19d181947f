import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contractRules } from '../../../tooling/docs/rules.ts'
import { cases } from '../src/suite.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/rules.md'), 'utf8')

/** Ids and texts, as the reference page has them. */
const documented = [...page.matchAll(/^\| `([A-Z]+-\d\d)` \| (.+) \|$/gm)].map(([, id, text]) => `${id} ${text}`)
const stated = contractRules().map(({ id, text }) => `${id} ${text}`)
const tested = cases.map(({ id, title }) => `${id} ${title}`)

/** By id: the suite begins with what is simplest, the page with what stands first in the contract. */
const sorted = (rules: readonly string[]) => [...rules].sort()

describe('the rules of the contract, the cases of the suite and the reference page', () => {
  it('are the same', () => {
    expect(sorted(tested)).toEqual(sorted(stated))
    expect(documented).toEqual(stated)
  })

  it('are many, and each has an id of its own', () => {
    expect(stated.length).toBeGreaterThanOrEqual(50)
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
  })
})
