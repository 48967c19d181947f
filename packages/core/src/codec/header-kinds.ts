import { type Header, maxTime } from '../message/index.ts'
import { flag } from './compact.ts'

/** Texts that differ from frame to frame: a header that has one has no kind. */
const varying = /* @__PURE__ */ anyOf('key', 'traceparent', 'tracestate', 'extensions')

/** The ids of other messages. They differ as well, but stand together, and are ULIDs almost always. */
const otherIds = flag.correlationId | flag.causationId

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

/** A header kind: a header, with the bytes that it was read from. Those of ids differ. */
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

function isId(source: Buffer, lengthAt: number, start: number): boolean {
  if (source.readUInt16BE(lengthAt) !== idBytes) return false
  for (let at = start; at < start + idBytes; at++) {
    const byte = source[at] as number
    if (byte < 0x30 || byte > 0x5a || (byte > 0x39 && byte < 0x41)) return false
  }
  return true
}

/** Where the ids of other messages begin and end. Undefined unless all ids are ULIDs and there is nothing else that varies. */
function placeOfIds(
  source: Buffer,
  { flags, lengthsAt, start, end }: TextPlaces,
): readonly [number, number] | undefined {
  if (flags & varying || !isId(source, lengthsAt, start)) return undefined
  if ((flags & otherIds) === 0) return [end, end]
  const before = 3 + Number((flags & flag.to) !== 0) + Number((flags & flag.replyTo) !== 0)
  let [lengthAt, from] = [lengthsAt, start]
  for (let i = 0; i < before; i++, lengthAt += 2) from += source.readUInt16BE(lengthAt)
  let to = from
  for (let bit = flag.correlationId as number; bit <= flag.causationId; bit <<= 1) {
    if ((flags & bit) === 0) continue
    if (!isId(source, lengthAt, to)) return undefined
    lengthAt += 2
    to += idBytes
  }
  return [from, to]
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
  const ids = placeOfIds(source, at)
  if (!ids || time > maxTime || (expiresAt ?? 0) > maxTime) return undefined
  const [from, to] = ids
  const { header, lengths, texts } = known
  if (lengths.compare(source, lengthsAt, start) !== 0) return undefined
  if (texts.compare(source, start + idBytes, from, idBytes, from - start) !== 0) return undefined
  if (to < end && texts.compare(source, to, end, to - start) !== 0) return undefined
  const text = (begin: number) => source.toString('latin1', begin, begin + idBytes)
  return {
    id: text(start),
    type: header.type,
    version: header.version,
    from: header.from,
    to: header.to,
    replyTo: header.replyTo,
    correlationId: flags & flag.correlationId ? text(from) : undefined,
    causationId: flags & flag.causationId ? text(to - idBytes) : undefined,
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
  if (!placeOfIds(source, at)) return
  const { flags, lengthsAt, start, end } = at
  memory[placeOf(at)] = {
    flags,
    version: header.version,
    // Copies: the bytes of a frame are not kept alive for the sake of its header.
    lengths: Buffer.from(source.subarray(lengthsAt, start)),
    texts: Buffer.from(source.subarray(start, end)),
    header,
  }
}
