import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace/root.ts'
import { code, type Page, page, table } from './page.ts'

/** A rule of the transport contract, as it stands in the TSDoc of the member that it binds. */
export interface Rule {
  readonly id: string
  readonly text: string
  /** The heading that it stands under. */
  readonly group: string
}

const contract = 'packages/core/src/contract'

/** The files of the contract that have rules, in the order of the page. */
const files = ['transport.ts', 'delivery.ts', 'subscription.ts']

/** A rule that binds a member stands deeper than one that binds a transport as a whole. */
interface PlacedRule extends Rule {
  readonly depth: number
}

/** The rules of one file: headings, each with a list of ids and texts under it. */
function rulesIn(file: string): readonly PlacedRule[] {
  const rules: PlacedRule[] = []
  let group = ''
  for (const line of readFileSync(join(root, contract, file), 'utf8').split('\n')) {
    const [, indent = '', id, text] = /^( +)\* - ([A-Z]+-\d{2}) (.+)$/.exec(line) ?? []
    const [, heading] = /^ +\* ([A-Z][\w ]+)$/.exec(line) ?? []
    if (id !== undefined && text !== undefined) rules.push({ id, text, group, depth: indent.length })
    else if (heading !== undefined) group = heading
  }
  return rules
}

/** The rules of the transport contract, by group and number: those of members first, then those of a transport as a whole. */
export function contractRules(): readonly Rule[] {
  const rules = files.flatMap(rulesIn)
  const groups = new Set([...rules].sort((a, b) => b.depth - a.depth).map(({ group }) => group))
  const byNumber = (group: string) => rules.filter(rule => rule.group === group).sort((a, b) => (a.id < b.id ? -1 : 1))
  return [...groups].flatMap(byNumber).map(({ id, text, group }) => ({ id, text, group }))
}

/** The reference page of the rules that every transport keeps. */
export function rulesPage(): Page {
  const rules = contractRules()
  const groups = [...new Set(rules.map(({ group }) => group))]
  return page(
    'docs/reference/rules.md',
    'Rules of the transport contract',
    `What every transport owes to those who use it. The rules stand in the TSDoc of the members that they bind (\`${contract}\`); each has a case in \`@sm/transport-conformance\`, and \`pnpm conformance\` shows how each transport keeps them: \`pass\`; \`else\`, where a capability or a declared deviation says that the rule does not apply and what holds instead was shown; \`fail\`; or \`not run\` with the reason.`,
    ...groups.flatMap(group => [
      `## ${group}`,
      table(
        ['id', 'rule'],
        rules.filter(rule => rule.group === group).map(({ id, text }) => [code(id), text]),
      ),
    ]),
  )
}
