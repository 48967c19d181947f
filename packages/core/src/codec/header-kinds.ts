import { type Header, maxTime } from '../message/index.ts'
import { flag } from './compact.ts'

/** Texts that differ from frame to frame: a header that has one has no kind. */
const varying = /* @__PURE__ */ anyOf('correlationId', 'causationId', 'key', 'traceparent', 'tracestate', 'extensions')

function anyOf(...names: ReadonlyArray<keyof typeof flag>): number {
  return names.reduce((bits, name) => bits | flag[name], 0)
}

/** Bytes of a ULID, which is what an id almost always is. */
const idBytes = 26

/** How many header kinds are remembered: one for each place, found by size. */
const places = 64

/** Where the texts of a frame stand. */
export interface TextPlaces {
  readonly flags: number
  /** Where the table of their lengths begins. */
  readonly lengthsAt: number
  readonly start: number
  readonly end: number
}

/** A header kind: a header, with the bytes that it was read from, but for its id. */
interface RememberedKind {
  readonly flags: number
  readonly version: number
  readonly lengths: Buffer
  readonly texts: Buffer
  readonly header: Header
}

const memory = /* @__PURE__ */ new Array<RememberedKind | undefined>(places)

function placeOf({ flags, start, end }: TextPlaces): number {
  return (end - start + flags) & (places - 1)
}

/** Whether the frame has a ULID as its id, and nothing that varies. */
function isCommon(source: Buffer, { flags, lengthsAt, start }: TextPlaces): boolean {
  if (flags & varying || source.readUInt16BE(lengthsAt) !== idBytes) return false
  for (let at = start; at < start + idBytes; at++) {
    const byte = source[at] as number
    if (byte < 0x30 || byte > 0x5a || (byte > 0x39 && byte < 0x41)) return false
  }
  return true
}

/**
 * The header of a frame whose header kind has come before: only its id and times are read, and the rest need not be cut
 * into texts and checked again. Undefined when all of it has to be read.
 */
export function recallHeader(
  source: Buffer,
  at: TextPlaces,
  time: number,
  expiresAt: number | undefined,
): Header | undefined {
  const known = memory[placeOf(at)]
  const { flags, lengthsAt, start, end } = at
  if (known === undefined || known.flags !== flags || known.version !== source.readUInt16BE(3)) return undefined
  if (!isCommon(source, at) || time > maxTime || (expiresAt ?? 0) > maxTime) return undefined
  if (known.lengths.compare(source, lengthsAt, start) !== 0) return undefined
  if (known.texts.compare(source, start + idBytes, end) !== 0) return undefined
  const { header } = known
  return {
    id: source.toString('latin1', start, start + idBytes),
    type: header.type,
    version: header.version,
    from: header.from,
    to: header.to,
    replyTo: header.replyTo,
    correlationId: undefined,
    causationId: undefined,
    time,
    expiresAt,
    key: undefined,
    delivery: header.delivery,
    contentType: header.contentType,
    encodings: header.encodings,
    traceparent: undefined,
    tracestate: undefined,
    extensions: undefined,
  }
}

/** Remembers the kind of a header that was read and found good. */
export function rememberHeader(source: Buffer, at: TextPlaces, header: Header): void {
  if (!isCommon(source, at)) return
  const { flags, lengthsAt, start, end } = at
  memory[placeOf(at)] = {
    flags,
    version: header.version,
    // Copies: the bytes of a frame are not kept alive for the sake of its header.
    lengths: Buffer.from(source.subarray(lengthsAt, start)),
    texts: Buffer.from(source.subarray(start + idBytes, end)),
    header,
  }
}
