import type {
  Address,
  Capabilities,
  CloseOptions,
  RejectReason,
  Route,
  SubscriptionSpec,
  TransportEvents,
} from '@sm/core/transport'
import type { RemoteError } from './remote-error.ts'

/** What a harness tells its workers of the transport: where it is, with which options. */
export type Setting = Readonly<Record<string, unknown>>

/** Where and how a worker opens a transport. */
export interface Opening {
  readonly namespace: string
  readonly agent: string
  readonly instance: string
  readonly setting: Setting
}

/** What is asked of a transport in a worker, and how it is answered. */
export interface Calls {
  open: { readonly args: Opening; readonly answer: Capabilities }
  start: { readonly args: undefined; readonly answer: undefined }
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
  /** Answered when every change of routes so far has been told. */
  sync: { readonly args: undefined; readonly answer: undefined }
  /** Breaks every link of the worker, or lets them come back. */
  weather: { readonly args: { readonly cut: boolean }; readonly answer: undefined }
}

export type CallName = keyof Calls

/** From the test to a worker. `port` tells apart the transports that a worker has had, one after the other. */
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
      readonly delayMs?: number | undefined
      readonly reason?: RejectReason
    }

/** The events of a transport that a worker tells as they are. */
export type ToldEvent = {
  readonly [Name in 'state' | 'peer']: {
    readonly name: Name
    readonly event: Omit<TransportEvents[Name], 'error'>
    readonly error?: RemoteError
  }
}['state' | 'peer']

/** From a worker to the test. */
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
      readonly frame: Uint8Array
    }
