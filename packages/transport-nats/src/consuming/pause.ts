import type { Clock } from '@sm/core/transport'

const pauseMs = 50

/** Resolves when something has changed, or after a while. */
export async function pause(clock: Clock, changed: Promise<void>): Promise<void> {
  const waited = Promise.withResolvers<void>()
  const cancel = clock.schedule(waited.resolve, pauseMs)
  await Promise.race([changed, waited.promise])
  cancel()
}
