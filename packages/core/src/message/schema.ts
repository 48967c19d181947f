import { describeThrown, isSmError, type SmError, smError } from '../errors/index.ts'
import { isPromise, type MaybePromise } from '../kernel/index.ts'
import { freezePlain, freezesPayloads } from './freeze.ts'
import type { StandardSchemaIssue, StandardSchemaResult, StandardSchemaV1 } from './standard-schema.ts'

/** An issue with a payload. */
export interface SchemaIssue {
  /** Dotted path of the field, `items.0.sku`; empty for the payload as a whole. */
  readonly path: string
  readonly message: string
}

/** Most issues that an error names; a payload can be wrong in any number of places. */
const maxIssues = 20

function toIssue(issue: StandardSchemaIssue): SchemaIssue {
  const path = (issue.path ?? []).map(step => String(typeof step === 'object' ? step.key : step)).join('.')
  return { path, message: issue.message }
}

function settle<Output>(result: StandardSchemaResult<Output>, role: string, type: string): Output {
  if (result.issues === undefined) return freezesPayloads ? freezePlain(result.value) : result.value
  const issues = result.issues.slice(0, maxIssues).map(toIssue)
  const shown = issues.map(issue => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join('; ')
  const rest = result.issues.length - issues.length
  throw smError(
    'SM_PAYLOAD_INVALID',
    `${role} ${type} does not fit its schema: ${shown}${rest > 0 ? ` (and ${rest} more)` : ''}`,
    {
      details: { issues },
    },
  )
}

/** A schema that throws has not found the payload to fit, whatever it wanted to say. */
function refused(thrown: unknown, role: string, type: string): SmError {
  if (isSmError(thrown)) return thrown
  const { retryable } = Object(thrown) as { retryable?: unknown }
  const what = `${role} ${type} does not fit its schema, which threw: ${describeThrown(thrown)}`
  return smError('SM_PAYLOAD_INVALID', what, {
    cause: thrown,
    details: { issues: [{ path: '', message: describeThrown(thrown) }] },
    ...(typeof retryable === 'boolean' && { retryable }),
  })
}

/**
 * Returns the output of the schema for `value`, frozen outside production. Throws or rejects with `SM_PAYLOAD_INVALID`, naming
 * each field. `role` and `type` tell whose payload it is: "The payload of", "order.placed".
 */
export function validate<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
  role: string,
  type: string,
): MaybePromise<Output> {
  let result: MaybePromise<StandardSchemaResult<Output>>
  try {
    result = schema['~standard'].validate(value) as MaybePromise<StandardSchemaResult<Output>>
  } catch (thrown) {
    throw refused(thrown, role, type)
  }
  if (!isPromise(result)) return settle(result, role, type)
  return Promise.resolve(result).then(
    settled => settle(settled, role, type),
    thrown => Promise.reject(refused(thrown, role, type)),
  )
}

/** A Standard Schema from one function: it returns the issue as text, or undefined when the value fits. */
function schemaOf<T>(issueWith: (value: unknown) => string | undefined): StandardSchemaV1<T, T> {
  return {
    '~standard': {
      version: 1,
      vendor: 'smartmessage',
      validate(value) {
        const message = issueWith(value)
        return message === undefined ? { value: value as T } : { issues: [{ message }] }
      },
    },
  }
}

/** A schema for payloads that are bytes. */
export function bytes(): StandardSchemaV1<Uint8Array, Uint8Array> {
  return schemaOf(value => (value instanceof Uint8Array ? undefined : 'expected bytes'))
}

/** A schema that types a payload without checking it: for quick starts, and for data that is checked elsewhere. */
export function unchecked<T>(): StandardSchemaV1<T, T> {
  return schemaOf(() => undefined)
}
