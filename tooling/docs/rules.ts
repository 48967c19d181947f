import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace/root.ts'
import { code, type Page, page, table } from './page.ts'

/** A rule of the transport contract, as it stands in the TSDoc of `Transport`. */
export interface Rule {
  readonly id: string
  readonly text: string
  /** The heading that it stands under. */
  readonly group: string
}

const contract = 'packages/core/src/transport/contract.ts'

/** The rules of the transport contract: headings, each with a list of ids and texts under it. */
export function contractRules(): readonly Rule[] {
  const rules: Rule[] = []
  let group = ''
  for (const line of readFileSync(join(root, contract), 'utf8').split('\n')) {
    const [, id, text] = /^ \* - ([A-Z]+-\d{2}) (.+)$/.exec(line) ?? []
    const [, heading] = /^ \* ([A-Z][\w ]+)$/.exec(line) ?? []
    if (id !== undefined && text !== undefined) rules.push({ id, text, group })
    else if (heading !== undefined) group = heading
  }
  return rules
}

/** The reference page of the rules that every transport keeps. */
export function rulesPage(): Page {
  const rules = contractRules()
  const groups = [...new Set(rules.map(({ group }) => group))]
  return page(
    'docs/reference/rules.md',
    'Rules of the transport contract',
    `What every transport owes to those who use it. The rules stand in the TSDoc of \`Transport\` (\`${contract}\`); each has a case in \`@sm/transport-conformance\`, and \`pnpm conformance\` shows how each transport keeps them: \`pass\`; \`else\`, where a capability or a declared deviation says that the rule does not apply and what holds instead was shown; \`fail\`; or \`not run\` with the reason.`,
    ...groups.flatMap(group => [
      `## ${group}`,
      table(
        ['id', 'rule'],
        rules.filter(rule => rule.group === group).map(({ id, text }) => [code(id), text]),
      ),
    ]),
  )
}
