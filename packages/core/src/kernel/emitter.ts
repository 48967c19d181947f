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
  const listeners = new Map<keyof Events, ReadonlyArray<(event: never) => void>>()
  return {
    on(name, listener) {
      listeners.set(name, [...(listeners.get(name) ?? []), listener])
      return () => {
        listeners.set(
          name,
          (listeners.get(name) ?? []).filter(other => other !== listener),
        )
      }
    },
    emit(name, event) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          listener(event as never)
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}
