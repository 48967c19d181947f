import type { SmError } from '../../errors/index.ts'

/** Stands before a handler. Once it is closed, nothing more is begun, and what waits for its turn is refused. */
export class Gate {
  #refusal: SmError | undefined
  readonly #listeners: Array<(error: SmError) => void> = []

  /** Why nothing more is begun; undefined while it is open. */
  get refusal(): SmError | undefined {
    return this.#refusal
  }

  /** Calls `listener` when the gate closes. */
  onClose(listener: (error: SmError) => void): void {
    this.#listeners.push(listener)
  }

  /** The first call wins. */
  close(error: SmError): void {
    if (this.#refusal) return
    this.#refusal = error
    for (const listener of this.#listeners) listener(error)
  }
}

/** A message that waits for its turn. */
export interface Turn {
  readonly begin: () => void
  readonly refuse: (error: SmError) => void
}
