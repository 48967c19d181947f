import { join } from 'node:path'
import { sourceFiles } from '../check/architecture.ts'
import { root } from '../workspace/root.ts'
import { code, type Page, page, table } from './page.ts'
import { transportOptionsIn } from './transport-options.ts'
import { type InterfaceDoc, TsdocReader } from './tsdoc.ts'

/** Which interface holds the options of which call, and where. */
const calls = [
  ['createAgent(id, options)', 'packages/core/src/settings/options.ts', 'AgentOptions'],
  ['agent.subscribe(message, handler, options)', 'packages/core/src/settings/options.ts', 'SubscribeOptions'],
  ['agent.publish(message, payload, options)', 'packages/core/src/settings/options.ts', 'PublishOptions'],
  ['agent.request(message, payload, options)', 'packages/core/src/settings/options.ts', 'RequestOptions'],
  ['agent.stop(options)', 'packages/core/src/settings/options.ts', 'StopOptions'],
  ['defineMessage(type, options)', 'packages/core/src/message/define-message.ts', 'MessageOptions'],
  ['createBridge(options)', 'packages/bridge/src/options.ts', 'BridgeOptions'],
  ['bridge.stop(options)', 'packages/bridge/src/options.ts', 'BridgeStopOptions'],
] as const

function section(heading: string, { name, text, properties }: InterfaceDoc): string {
  const rows = properties.map(property => {
    if (property.text === '') throw new Error(`${name}.${property.name} has no TSDoc, which its reference is made from`)
    return [code(property.name), code(property.type), property.optional ? '' : 'yes', property.text]
  })
  return `${heading}\n\n${text}\n\n${table(['option', 'type', 'required', 'meaning'], rows)}`
}

/** The reference page of options, from the TSDoc of their interfaces. */
export function optionsPage(): Page {
  const transports = transportOptionsIn(sourceFiles())
  const files = [...calls.map(([, file]) => file), ...transports.map(({ path }) => path)]
  const reader = new TsdocReader([...new Set(files)].map(file => join(root, file)))
  return page(
    'docs/reference/options.md',
    'Options',
    'Units stand in the names: `…Ms` is milliseconds.',
    ...calls.map(([call, file, name]) => section(`## ${code(call)}`, reader.interface(join(root, file), name))),
    '## Transports',
    'What `transports` of an agent takes under the name of each.',
    ...transports.map(({ transport, path, name }) =>
      section(`### ${code(transport)}`, reader.interface(join(root, path), name)),
    ),
  )
}
