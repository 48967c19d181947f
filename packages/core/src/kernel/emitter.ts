/** Stops a listener. */
export type Unlisten = () => void

/** Typed events: a map of names to what their listeners get. */
export interface Emitter<Events> {
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Unlisten
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void
}

/**
 * A listener that throws harms neither the others nor the one who emits: its error is handed to `onError`.
 * Listeners run in the order in which they came, and one added while an event runs waits for the next.
 */
export function createEmitter<Events>(onError: (error: unknown) => void): Emitter<Events> {
  // Each in an entry of its own: one function may listen twice, and stop once.
  const entries = new Map<keyof Events, ReadonlyArray<{ readonly listener: (event: never) => void }>>()
  return {
    on(name, listener) {
      const entry = { listener }
      entries.set(name, [...(entries.get(name) ?? []), entry])
      return () => {
        entries.set(
          name,
          (entries.get(name) ?? []).filter(other => other !== entry),
        )
      }
    },
    emit(name, event) {
      for (const { listener } of entries.get(name) ?? []) {
        try {
          listener(event as never)
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}
