import { types } from 'node:util'
import type { ErrorCode } from './remedies.ts'

/** The entry of one code in the catalogue. */
export interface CatalogueEntry {
  /** The meaning of the code, in a sentence. */
  readonly meaning: string
  /** The remedy: what the reader should do about it. */
  readonly remedy: string
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean
}

/** Codes to entries. Each package that throws coded errors has one. */
export type Catalogue = Readonly<Record<`SM_${string}`, CatalogueEntry>>

/** The parts of an error besides its code and message. */
export interface SmErrorOptions {
  /** Facts a program can read. Never a payload, never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
  /** Overrides what the catalogue says of the code. */
  readonly retryable?: boolean
}

/** An error as it crosses a wire: no stack, no cause, no details. */
export interface WireError {
  readonly code: string
  readonly message: string
  readonly retryable: boolean
}

const brand = Symbol.for('@sm/core.error')

/**
 * The one error type of SmartMessage. Its `code` is stable across releases; its text is not.
 * Recognise it with {@link isSmError}, which also holds for an error made by another copy of this package.
 */
export class SmError extends Error {
  override readonly name = 'SmError'
  /** A code of core, or one of a transport or of an application. */
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, options: SmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    Object.defineProperty(this, brand, { value: true })
    this.code = code as ErrorCode
    this.retryable = options.retryable ?? false
    this.details = options.details ?? {}
  }

  /** Of a publish: `failed` when no one can have got the message, `unknown` when someone may have. */
  get outcome(): 'failed' | 'unknown' | undefined {
    const { outcome } = this.details
    return outcome === 'failed' || outcome === 'unknown' ? outcome : undefined
  }
}

/** True for an {@link SmError}, whichever copy of the package made it. */
export function isSmError(value: unknown): value is SmError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
}

/**
 * Binds a catalogue to a function that makes its errors, so that every error carries the remedy of its code.
 *
 * @example
 * const redisError = defineErrors({ SM_REDIS_AUTH: { meaning: '…', remedy: 'Check the password.', retryable: false } })
 * throw redisError('SM_REDIS_AUTH', 'Redis at 10.0.0.7:6379 refused the login')
 */
export function defineErrors<C extends Catalogue>(catalogue: C) {
  return (code: keyof C & string, what: string, options?: SmErrorOptions): SmError =>
    codedError(code, what, catalogue[code as keyof Catalogue] as CatalogueEntry, options)
}

/** An error of `code`: what happened, and what to do about it. */
export function codedError(
  code: string,
  what: string,
  { remedy, retryable }: Pick<CatalogueEntry, 'remedy' | 'retryable'>,
  options?: SmErrorOptions,
): SmError {
  const text = `[${code}] ${what.replace(/\.$/, '')}. ${remedy}`
  return new SmError(code, text, { ...options, retryable: options?.retryable ?? retryable })
}

/** Anything thrown, as text for a log or another error: the message of an Error, else the value itself, kept short. */
export function describeThrown(thrown: unknown): string {
  if (thrown instanceof Error || types.isNativeError(thrown)) return thrown.message
  try {
    return String(thrown).slice(0, 200)
  } catch {
    return `a ${typeof thrown} that cannot be shown`
  }
}

/** The form of an error that may leave the process. What is not coded leaves under `fallbackCode`. */
export function toWireError(thrown: unknown, fallbackCode: string): WireError {
  if (isSmError(thrown)) return { code: thrown.code, message: thrown.message, retryable: thrown.retryable }
  return { code: fallbackCode, message: describeThrown(thrown), retryable: true }
}

/** The error that a wire form stands for. Its text is kept as it came; it is never used to look anything up. */
export function fromWireError(wire: WireError, details: Readonly<Record<string, unknown>>): SmError {
  return new SmError(wire.code, wire.message, { retryable: wire.retryable, details: { ...details, remote: true } })
}
