import { requireKnown } from './check-options.ts'
import type { PublishOptions } from './options.ts'

const publishOptionNames: ReadonlySet<string> = new Set<keyof PublishOptions>([
  ...(['to', 'replyTo', 'delivery', 'key', 'ttlMs', 'correlationId', 'causationId', 'trace'] as const),
  ...(['extensions', 'route', 'via', 'timeoutMs', 'signal'] as const),
])

/** Throws `SM_AGENT_OPTIONS` for an option of a publish or request that there is not. */
export function checkPublishOptions(options: object): void {
  requireKnown('SM_AGENT_OPTIONS', 'A publish', options, publishOptionNames)
}
