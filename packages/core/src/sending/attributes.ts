import { parseAgentRef, toHeader } from '../message/index.ts'
import { type PublishOptions, requireTimeout } from '../settings/index.ts'
/** Attributes of a header besides those of the definition and the agent. */
export type Attributes = {
  readonly [Name in Exclude<keyof PublishOptions, 'timeoutMs' | 'signal'>]?: PublishOptions[Name] | undefined
} & {
  readonly type?: string
  readonly time?: number
  readonly expiresAt?: number
  /** When it was made, by `Clock.elapsed`. */
  readonly madeAt?: number
}

/**
 * Refuses attributes from a user that could not travel, with `SM_HEADER_INVALID` or `SM_NAME_INVALID`. `to` is left
 * out: planning the way refuses a bad one.
 */
export function checkAttributes({
  replyTo,
  delivery,
  key,
  ttlMs,
  correlationId,
  causationId,
  extensions,
  timeoutMs,
}: Attributes & Pick<PublishOptions, 'timeoutMs'>): void {
  if (replyTo !== undefined) parseAgentRef(replyTo)
  if (timeoutMs !== undefined) requireTimeout('timeoutMs', timeoutMs)
  if ((delivery ?? key ?? correlationId ?? causationId ?? extensions ?? ttlMs) === undefined) return
  toHeader({
    delivery: delivery ?? 'at-least-once',
    key,
    correlationId,
    causationId,
    extensions,
    expiresAt: ttlMs && Math.ceil(ttlMs),
    id: 'checked',
    type: 'checked',
    from: 'checked',
    time: 0,
  })
}
