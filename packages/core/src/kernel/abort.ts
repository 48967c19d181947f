/** Throws the reason of a signal that is aborted: an `AbortError` unless its owner chose another. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason
}

/** `promise`, or a rejection with the signal's reason if that comes first. Leaves no listener behind. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    // Also when it was aborted before: a rejection that comes too late must not go unhandled.
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
