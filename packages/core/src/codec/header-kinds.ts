import { type Header, maxTime } from '../message/index.ts'
import { flag } from './compact.ts'
import { hasHeaderKind } from './header-kind.ts'

/** Bytes of a ULID, which is what an id almost always is. */
const ulidBytes = 26

const ULID = /^[0-9A-Z]{26}$/

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

/** A header kind: a header, with the bytes that it was read from. Those of its ids differ. */
interface RememberedKind {
  readonly flags: number
  readonly version: number
  readonly lengths: Buffer
  readonly texts: Buffer
  readonly header: Header
  /** Where the ids of other messages begin and end among the texts: they stand together. */
  readonly idsAt: number
  readonly idsEnd: number
}

const memory = /* @__PURE__ */ new Array<RememberedKind | undefined>(places)

function placeOf({ flags, start, end }: TextPlaces): number {
  return (end - start + flags) & (places - 1)
}

/** Whether the header has a kind, and nothing but ULIDs as ids. */
export function hasCommonKind(header: Header): boolean {
  const { id, correlationId, causationId } = header
  return hasHeaderKind(header) && ULID.test(id) && isUlidIfThere(correlationId) && isUlidIfThere(causationId)
}

function isUlidIfThere(id: string | undefined): boolean {
  return id === undefined || ULID.test(id)
}

/** Whether bytes are digits and capital letters, as those of ULIDs are. */
function areOfUlids(source: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = source[at] as number
    if (byte < 0x30 || byte > 0x5a || (byte > 0x39 && byte < 0x41)) return false
  }
  return true
}

/**
 * The header of a frame whose header kind has come before: only its ids and times are read, and the rest need not be cut
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
  const { header, lengths, texts, idsAt, idsEnd } = known
  if (time > maxTime || (expiresAt ?? 0) > maxTime || lengths.compare(source, lengthsAt, start) !== 0) return undefined
  if (texts.compare(source, start + ulidBytes, start + idsAt, ulidBytes, idsAt) !== 0) return undefined
  if (texts.compare(source, start + idsEnd, end, idsEnd) !== 0) return undefined
  if (!areOfUlids(source, start, start + ulidBytes)) return undefined
  if (!areOfUlids(source, start + idsAt, start + idsEnd)) return undefined
  const id = (from: number) => source.toString('latin1', start + from, start + from + ulidBytes)
  return {
    id: id(0),
    type: header.type,
    version: header.version,
    from: header.from,
    to: header.to,
    replyTo: header.replyTo,
    correlationId: flags & flag.correlationId ? id(idsAt) : undefined,
    causationId: flags & flag.causationId ? id(idsEnd - ulidBytes) : undefined,
    time,
    expiresAt,
    key: undefined,
    delivery: header.delivery,
    contentType: header.contentType,
    encodings: undefined,
    traceparent: undefined,
    tracestate: undefined,
    extensions: undefined,
  }
}

/** Remembers the kind of a header that was read and found good. */
export function rememberHeader(source: Buffer, at: TextPlaces, header: Header): void {
  if (!hasCommonKind(header)) return
  const { flags, lengthsAt, start, end } = at
  const { type, from, to = '', replyTo = '', correlationId = '', causationId = '' } = header
  const idsAt = ulidBytes + Buffer.byteLength(type + from + to + replyTo)
  memory[placeOf(at)] = {
    flags,
    version: header.version,
    // Copies: the bytes of a frame are not kept alive for the sake of its header.
    lengths: Buffer.from(source.subarray(lengthsAt, start)),
    texts: Buffer.from(source.subarray(start, end)),
    header,
    idsAt,
    idsEnd: idsAt + correlationId.length + causationId.length,
  }
}
