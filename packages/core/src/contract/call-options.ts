/** Options of every call that may take a while. */
export interface SignalOptions {
  readonly signal?: AbortSignal
}

/** How to close a subscription, or to stop a transport. */
export interface CloseOptions {
  /**
   * True: take on nothing new, and let what was delivered be settled; what was accepted for this group and can go to
   * nobody else is still delivered. False (default): hand back at once whatever is unsettled.
   */
  readonly drain?: boolean
  /** Ends the drain early: the rest is handed back. */
  readonly signal?: AbortSignal
}
