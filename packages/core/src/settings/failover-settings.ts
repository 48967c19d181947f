import { given } from '../kernel/index.ts'
import { requireKnown, requireNumber } from './check-options.ts'
import type { FailoverOptions } from './options.ts'

/** Failover options with every default filled in. */
export type FailoverSettings = Required<FailoverOptions>

const defaults: FailoverSettings = {
  stallMs: 1_000,
  failbackMs: 1_000,
  slowMs: 500,
  failures: 5,
  cooldownMs: 1_000,
  orderMs: 1_000,
}
const names: ReadonlySet<string> = new Set(Object.keys(defaults))

/** Throws `SM_AGENT_OPTIONS` for one that there is not, or that is out of range. */
export function toFailoverSettings(options: FailoverOptions = {}): FailoverSettings {
  requireKnown('SM_AGENT_OPTIONS', 'failover', options, names)
  const settings = { ...defaults, ...given(options) }
  for (const name of ['stallMs', 'slowMs', 'cooldownMs', 'failures'] as const)
    requireNumber('SM_AGENT_OPTIONS', `failover.${name}`, settings[name], 1)
  for (const name of ['failbackMs', 'orderMs'] as const)
    requireNumber('SM_AGENT_OPTIONS', `failover.${name}`, settings[name], 0)
  return settings
}
