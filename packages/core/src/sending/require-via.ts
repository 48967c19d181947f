import { smError } from '../errors/index.ts'
import { type MessageType, refuseVia, type Via } from '../message/index.ts'

/**
 * Throws `SM_ROUTE_POLICY` for a wish that these transports can never fulfil, and `SM_REPEAT_UNNOTICED` for one that could have a
 * message handled twice. `carriers` could carry the message; where there is one, nothing is repeated and nobody is missed.
 */
export function requireVia(
  { type }: MessageType,
  to: string | undefined,
  via: Via,
  carriers: readonly string[],
  isRepeatNoticed: () => boolean,
): void {
  if (via === 'first') return
  const names = carriers.join(', ') || 'none'
  if (via === 'quorum' && carriers.length < 2) {
    refuseVia(type, `is a quorum, which takes two transports or more, and the agent has for it: ${names}`)
  }
  if (typeof via === 'object' && via.quorum > carriers.length) {
    refuseVia(type, `is a quorum of ${via.quorum}, and the agent has for it: ${names}`)
  }
  if (carriers.length < 2) return
  if (via === 'spread' && to === undefined) {
    refuseVia(type, 'is spread: a broadcast by one transport misses whoever subscribes on another')
  }
  if (via !== 'spread' && to !== undefined && !isRepeatNoticed()) {
    throw smError('SM_REPEAT_UNNOTICED', `${type} cannot go to ${to} by several of ${names} at once`, {
      details: { outcome: 'failed', transports: carriers },
    })
  }
}
