import assert from 'node:assert/strict'
import { type Delivery, type Frame, type Header, isSmError } from '@sm/core/transport'

/** The error with which `action` is refused, be it thrown or a rejection. Throws when it is not refused. */
export async function refusal(what: string, action: () => unknown): Promise<unknown> {
  try {
    await action()
  } catch (error) {
    return error
  }
  return assert.fail(`${what} was not refused`)
}

/** Throws unless `action` is refused with this code. */
export async function refused(code: string, what: string, action: () => unknown): Promise<void> {
  const error = await refusal(what, action)
  const given = isSmError(error) ? error.code : `an error without a code (${error})`
  assert.equal(given, code, `${what} was refused with ${given} instead of ${code}`)
}

/** Every attribute of a header. */
export const attributes: readonly (keyof Header)[] = [
  ...(['id', 'type', 'version', 'from', 'to', 'replyTo', 'correlationId', 'causationId', 'time', 'expiresAt'] as const),
  ...(['key', 'delivery', 'contentType', 'encodings', 'traceparent', 'tracestate', 'extensions'] as const),
]

/** Throws unless both headers say the same in these attributes. */
export function sameHeader(actual: Header, expected: Header, names: readonly (keyof Header)[]): void {
  for (const name of names) {
    const [given, wanted] = [actual[name], expected[name]]
    // Copies of lists and objects may have other prototypes; what they hold counts.
    const plain = (value: unknown) => (typeof value === 'object' && value !== null ? { ...value } : value)
    assert.deepEqual(plain(given), plain(wanted), `The header attribute ${name} arrived changed`)
  }
}

/** Throws unless the payload arrived as it was sent. */
export function samePayload({ frame }: Delivery, sent: Frame): void {
  const [actual, expected] = [frame.body.value(), sent.body.value()]
  if (expected instanceof Uint8Array) {
    assert.ok(actual instanceof Uint8Array, 'Bytes did not arrive as bytes')
    assert.ok(Buffer.compare(actual, expected) === 0, 'Bytes arrived changed')
  } else {
    assert.deepEqual(actual, expected, 'A payload arrived changed')
  }
}

/** Throws unless these frames arrived, in this order, and no others. */
export function sameFrames(ids: readonly string[], frames: readonly Frame[], what: string): void {
  assert.deepEqual(
    ids,
    frames.map(({ header }) => header.id),
    what,
  )
}

/** Throws unless each of these frames arrived once, in whatever order, and no others. */
export function eachOnce(ids: readonly string[], frames: readonly Frame[], what: string): void {
  assert.deepEqual([...ids].sort(), frames.map(({ header }) => header.id).sort(), what)
}
