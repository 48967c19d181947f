import {
  abortable,
  backoffMs,
  type Clock,
  checkMessageType,
  describeThrown,
  type Frame,
  freezesPayloads,
  type Header,
  isPlainObject,
  jsonCodec,
  type Random,
  sleep,
  strayOption,
  toBody,
  toHeader,
  toInboxAddress,
  toPortable,
} from '@sm/core/transport'
import { bridgeError } from '../errors.ts'
import type { BridgeChanges, BridgeTransform } from '../options.ts'

/** Tries of one transform of a message at least once. */
const maxTries = 3
const backoff = { initialMs: 100, maxMs: 1_000, factor: 4, jitter: 0.5 }

const known: ReadonlySet<string> = new Set<keyof BridgeChanges>(['type', 'to', 'extensions', 'payload'])

function withExtensions(header: Header, { extensions }: BridgeChanges): Header['extensions'] {
  if (extensions === undefined) return header.extensions
  const merged = Object.entries({ ...header.extensions, ...extensions }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(merged) as Record<string, string>
}

/** The frame with the changes of a transform. Throws coded errors for what makes no message. */
function changed({ header, body }: Frame, changes: BridgeChanges): Frame {
  if (typeof changes !== 'object' || changes === null || !isPlainObject(changes))
    throw new TypeError('The transform returned something else than an object of changes')
  const stray = strayOption(changes, known)
  if (stray !== undefined) throw new TypeError(`The transform returned ${JSON.stringify(stray)} (of ${[...known]})`)
  const { type, to, payload } = changes
  if (type !== undefined) checkMessageType(type)
  if (to !== undefined) toInboxAddress(to)
  const made = payload === undefined ? undefined : toBody(toPortable(payload, freezesPayloads), jsonCodec)
  return {
    header: toHeader({
      ...header,
      ...(type !== undefined && { type }),
      ...(to !== undefined && { to }),
      ...(made && { contentType: made.contentType, encodings: undefined }),
      extensions: withExtensions(header, changes),
    }),
    body: made ?? body,
  }
}

/** Runs the transform of a bridge: within its time, and several times where a message may not be lost. */
export class Transformer {
  readonly #deps: TransformerDeps

  constructor(deps: TransformerDeps) {
    this.#deps = deps
  }

  /** The frame as the transform wants it; undefined to drop it. Rejects with `SM_BRIDGE_TRANSFORM`, or when the bridge ends. */
  async run(frame: Frame): Promise<Frame | undefined> {
    const { clock, random, ended } = this.#deps
    const tries = frame.header.delivery === 'at-least-once' ? maxTries : 1
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#try(frame)
      } catch (cause) {
        ended.throwIfAborted()
        const what = `The transform failed at ${frame.header.type} ${attempt} times: ${describeThrown(cause)}`
        if (attempt === tries) throw bridgeError('SM_BRIDGE_TRANSFORM', what, { cause })
      }
      await sleep(clock, backoffMs(backoff, attempt, random), ended)
    }
  }

  async #try(frame: Frame): Promise<Frame | undefined> {
    const { transform, timeoutMs, clock, ended } = this.#deps
    const { header, body } = frame
    const late = new AbortController()
    const cancel = clock.schedule(() => late.abort(new Error(`It took longer than ${timeoutMs} ms`)), timeoutMs, {
      keepAlive: true,
    })
    const signal = AbortSignal.any([late.signal, ended])
    try {
      const changes = await abortable(
        (async () => transform({ header, signal, payload: () => body.value() }))(),
        signal,
      )
      return changes === undefined ? undefined : changed(frame, changes)
    } finally {
      cancel()
    }
  }
}

/** What a transformer needs. */
export interface TransformerDeps {
  readonly transform: BridgeTransform
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: Random
  /** Aborts when the bridge carries nothing any more. */
  readonly ended: AbortSignal
}
