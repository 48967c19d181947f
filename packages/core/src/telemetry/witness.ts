/** The attributes by which a message is told apart. */
export interface WitnessedFrame {
  readonly header: { readonly id: string; readonly from: string }
}

/** A delivery, as far as a witness looks at it. */
export interface WitnessedDelivery {
  readonly frame: WitnessedFrame
}

/** Sees what becomes of the messages of one agent, one by one. */
export interface Witness {
  published(transports: readonly string[]): void
  publishFailed(): void
  received(delivery: WitnessedDelivery, transport: string): void
  /** Every handler has concluded. `isHandedBack`: another try is for whoever gets it next. */
  settled(delivery: WitnessedDelivery, transport: string, isHandedBack: boolean): void
  /** A handler has handled a message. */
  handled(frame: WitnessedFrame, handler: object | undefined): void
}
