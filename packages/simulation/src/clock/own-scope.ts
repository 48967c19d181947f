import { AsyncResource } from 'node:async_hooks'

/**
 * The callback of a timer as Node runs one: in the scope in which it was set, and what it enters ends with it. Otherwise a handler
 * that a timer calls would leave its scope to all that comes after, and an agent would take whoever stops it for that handler.
 */
export function inOwnScope(callback: () => void): () => void {
  const scope = new AsyncResource('SimulatedTimer', { requireManualDestroy: true })
  return () => scope.runInAsyncScope(callback)
}
