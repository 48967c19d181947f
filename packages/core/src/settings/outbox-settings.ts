import { given } from '../kernel/index.ts'
import { oneOf, requireKnown, requireNumber } from './check-options.ts'
import type { OutboxOptions } from './options.ts'

/** Outbox options with every default filled in. */
export type OutboxSettings = Required<OutboxOptions>

const defaults: OutboxSettings = { maxMessages: 10_000, maxBytes: 67_108_864, whenFull: 'wait' }
const names: ReadonlySet<string> = new Set(Object.keys(defaults))

/** Throws `SM_AGENT_OPTIONS` for one that there is not, or that is out of range. */
export function toOutboxSettings(options: OutboxOptions = {}): OutboxSettings {
  requireKnown('SM_AGENT_OPTIONS', 'outbox', options, names)
  const settings = { ...defaults, ...given(options) }
  for (const name of ['maxMessages', 'maxBytes'] as const)
    requireNumber('SM_AGENT_OPTIONS', `outbox.${name}`, settings[name], 1)
  oneOf('SM_AGENT_OPTIONS', 'outbox.whenFull', settings.whenFull, ['wait', 'refuse', 'drop-oldest'], 'wait')
  return settings
}
