import type {
  Address,
  Capabilities,
  CloseOptions,
  NackOptions,
  RejectReason,
  Route,
  SubscriptionSpec,
  TransportEvents,
} from '@sm/core/transport'
import type { RemoteError } from './remote-error.ts'

/** For whom, and with what, a transport is made. */
export interface Opening {
  readonly namespace: string
  readonly agent: string
  readonly instance: string
  /** The setting that `setUp` of the harness gave, in the process of the suite. */
  readonly setting: unknown
}

/** The facts of a transport in another process, once it has been made. */
export interface Opened {
  readonly capabilities: Capabilities
  /** Whether its dead letters are in its process, so that it tells of them. */
  readonly keepsLetters: boolean
}

/** The facts of a transport in another process, once it has started. */
export interface Started {
  readonly capabilities: Capabilities
  /** The routes of an address that nobody has asked about. */
  readonly routes: readonly Route[]
}

/** A dead letter, between processes. */
export interface EncodedDeadLetter {
  readonly frame: Uint8Array
  readonly reason: RejectReason
}

/** The calls of a transport in another process, and their answers. */
export interface Calls {
  open: { readonly args: Opening; readonly answer: Opened }
  start: { readonly args: undefined; readonly answer: Started }
  stop: { readonly args: CloseOptions; readonly answer: undefined }
  health: { readonly args: undefined; readonly answer: Readonly<Record<string, unknown>> }
  publish: {
    readonly args: { readonly frame: Uint8Array; readonly address: Address }
    readonly answer: Readonly<Record<string, unknown>>
  }
  /** Answered when the subscription is ready. */
  subscribe: {
    readonly args: { readonly subscription: number; readonly spec: SubscriptionSpec }
    readonly answer: undefined
  }
  close: {
    readonly args: { readonly subscription: number; readonly options: CloseOptions }
    readonly answer: undefined
  }
  /** Says that a try of a delivery begins, and is told how many have. */
  begin: { readonly args: { readonly delivery: number }; readonly answer: number }
  /** Answered when every change of routes so far has been told. */
  sync: { readonly args: undefined; readonly answer: undefined }
  /** Has the harness of that process break its wire, or mend it. */
  fault: { readonly args: { readonly name: 'cut' | 'restore' }; readonly answer: undefined }
}

export type CallName = keyof Calls

/** From the suite to a peer's process. `port` tells apart the transports that a process has had, one after the other. */
export type Down =
  | {
      readonly [Name in CallName]: {
        readonly kind: 'call'
        readonly call: number
        readonly port: number
        readonly name: Name
        readonly args: Calls[Name]['args']
      }
    }[CallName]
  | { readonly kind: 'abort'; readonly call: number; readonly reason: RemoteError }
  | { readonly kind: 'watch'; readonly port: number; readonly addresses: readonly Address[] }
  | {
      readonly kind: 'settle'
      readonly port: number
      readonly delivery: number
      readonly how: 'ack' | 'nack' | 'reject'
      readonly options?: NackOptions | undefined
      readonly reason?: RejectReason
    }

/** The events of a transport that are told as they are. */
export type ToldEvent = {
  readonly [Name in 'state' | 'peer']: {
    readonly name: Name
    readonly event: Omit<TransportEvents[Name], 'error'>
    readonly error?: RemoteError
  }
}['state' | 'peer']

/** From a peer's process to the suite. */
export type Up =
  | { readonly kind: 'answer'; readonly call: number; readonly answer: unknown }
  /** `given` says that it failed with the reason of its signal. */
  | { readonly kind: 'failure'; readonly call: number; readonly error: RemoteError; readonly given: boolean }
  | ({ readonly kind: 'event'; readonly port: number } & ToldEvent)
  | {
      readonly kind: 'routes'
      readonly port: number
      readonly reason: string | undefined
      readonly changes: ReadonlyArray<readonly [Address, readonly Route[]]>
    }
  | {
      readonly kind: 'delivery'
      readonly port: number
      readonly subscription: number
      readonly delivery: number
      readonly attempt: number
      readonly ageMs: number | undefined
      /** Whether a try that begins can be counted. */
      readonly begins: boolean
      readonly frame: Uint8Array
    }
  | { readonly kind: 'letters'; readonly port: number; readonly letters: readonly EncodedDeadLetter[] }
