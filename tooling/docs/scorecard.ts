import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace/root.ts'
import { code, type Page, page, table } from './page.ts'
import { contractRules, type Rule } from './rules.ts'

/** The scores of one transport that `pnpm conformance --json FILE` has written. */
export interface Score {
  readonly transport: string
  readonly rules: ReadonlyArray<{
    readonly id: string
    readonly result: 'pass' | 'else' | 'fail' | 'not run'
    readonly reason?: string
  }>
}

const data = 'docs/data/conformance.json'

/** How what is kept is made anew. */
const command = `pnpm conformance --json ${data} && pnpm run docs`

/** The scores that were kept. */
export function keptScores(base: string = root): readonly Score[] {
  return JSON.parse(readFileSync(join(base, data), 'utf8'))
}

/** The gaps of the scores: a transport, a rule of one of them, or its success. */
export function scoreFaults(
  scores: readonly Score[],
  transports: readonly string[],
  rules: readonly Rule[],
): readonly string[] {
  const faults: string[] = []
  for (const transport of transports) {
    const score = scores.find(each => each.transport === transport)
    if (!score) faults.push(`${transport} has no score`)
    for (const { id } of score ? rules : []) {
      const row = score?.rules.find(rule => rule.id === id)
      if (!row) faults.push(`${transport} has no row for ${id}`)
      if (row?.result === 'fail') faults.push(`${transport} fails ${id}`)
    }
  }
  return faults.map(fault => `${fault}: run "${command}"`)
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? ''

function cell({ rules }: Score, id: string): string {
  return rules.find(rule => rule.id === id)?.result ?? ''
}

function count({ rules }: Score, wanted: string): string {
  return String(rules.filter(({ result }) => result === wanted).length)
}

function reasonsOf({ transport, rules }: Score): string {
  const told = rules.filter(({ result, reason }) => result !== 'pass' && reason !== undefined)
  const lines = told.map(({ id, result, reason }) => `- ${code(id)} ${result}: ${firstLine(reason ?? '')}`)
  return `### ${transport}\n\n${lines.length === 0 ? 'Nothing: it keeps every rule as it is written.' : lines.join('\n')}`
}

/** The reference page of how each transport keeps each rule. */
export function scorecardPage(scores: readonly Score[] = keptScores(), rules = contractRules()): Page {
  const names = scores.map(({ transport }) => transport)
  return page(
    'docs/reference/conformance.md',
    'How the transports keep the rules',
    `As [the conformance suite](../../packages/transport-conformance) found it; the [rules](rules.md) say what each id means. This page is made from ${code(data)}, which ${code(command)} writes anew.`,
    '`pass`: the rule was kept. `else`: a capability or a declared deviation says that it does not apply, and what holds instead was shown. `not run`: this machine lacks what it takes.',
    table(
      ['', ...names],
      ['pass', 'else', 'fail', 'not run'].map(result => [result, ...scores.map(score => count(score, result))]),
    ),
    table(
      ['rule', ...names],
      rules.map(({ id }) => [code(id), ...scores.map(score => cell(score, id))]),
    ),
    '## What is not simply passed',
    ...scores.map(reasonsOf),
  )
}
