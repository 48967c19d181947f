import type { Clock } from '@sm/core/transport'

/** Runs what heeds a signal: it aborts with what `late` makes after `ms`, or with the reason of `outer`. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  late: () => unknown,
  outer: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const onOuter = () => controller.abort(outer.reason)
  if (outer.aborted) onOuter()
  outer.addEventListener('abort', onOuter, { once: true })
  const cancel = clock.schedule(() => controller.abort(late()), ms)
  try {
    return await run(controller.signal)
  } finally {
    cancel()
    outer.removeEventListener('abort', onOuter)
  }
}
