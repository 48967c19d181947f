import { type MessageType, parseAgentRef } from '../message/index.ts'

/** Whether whoever gets a message to `to` by two transports is sure to handle it once. */
export function isRepeatNoticed({ repeats }: MessageType, to: string): boolean {
  // One instance remembers what it has handled, whichever wire brings it.
  return repeats === 'allowed' || parseAgentRef(to).instance !== undefined
}
