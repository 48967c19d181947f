import { fromTimestamp, ReadHeaderKinds } from '@sm/brokered'
import {
  type CloudEventOptions,
  compactVersion,
  decodeFrame,
  type Frame,
  fromBytes,
  fromCloudEventJson,
  type Header,
  maxEncodedHeaderBytes,
} from '@sm/core/transport'

/** The largest event in JSON of a frame with so many bytes: base64 and escapes, the header, and the names of its attributes. */
export const jsonBytes = (bytes: number): number => bytes * 2 + maxEncodedHeaderBytes + 2_048

/** The attributes that differ between events of one header kind. */
interface Differing {
  readonly header: Pick<Header, 'id' | 'time' | 'expiresAt' | 'correlationId' | 'causationId'>
  /** Where the payload begins. */
  readonly dataAt: number
}

type Found = readonly [string, string, string, expiry?: string, correlationId?: string, causationId?: string]

/** Where what is common to events of one kind ends, as `toWireEvent` writes them. No text within JSON can hold it. */
const boundary = ',"id":"'
/** No more than this of an event is looked at for what is common and what differs. */
const headBytes = 1_024
const DIFFERING =
  /,"id":"([\w.:/-]{1,512})","time":"([-:.\dTZ]{24})"(?:,"expirytime":"([-:.\dTZ]{24})")?(?:,"correlationid":"([\w.:/-]{1,512})")?(?:,"causationid":"([\w.:/-]{1,512})")?,"data":/y
const differingNames = ['id', 'time', 'expirytime', 'correlationid', 'causationid', 'data', 'data_base64']
const closingBrace = 0x7d

const known = new ReadHeaderKinds()

function differing(head: string, from: number): Differing | undefined {
  DIFFERING.lastIndex = from
  const found = DIFFERING.exec(head)
  if (found === null) return undefined
  const [, id, timeText, expiryText, correlationId, causationId] = found as unknown as Found
  const time = fromTimestamp(timeText)
  const expiresAt = expiryText === undefined ? undefined : fromTimestamp(expiryText)
  if (time === undefined || (expiryText !== undefined && expiresAt === undefined)) return undefined
  return { header: { id, time, expiresAt, correlationId, causationId }, dataAt: DIFFERING.lastIndex }
}

/** Whether it says all that a header needs but for what differs, so that nothing depends on who reads, or on what comes later. */
function isComplete(common: string): boolean {
  try {
    const { smdelivery, ...rest } = JSON.parse(`${common}}`)
    return typeof smdelivery === 'string' && !differingNames.some(name => name in rest)
  } catch {
    return false
  }
}

/**
 * The frame of an event in JSON, or of one in the compact form. What events of one kind have in common is read and checked
 * once, where it comes first; the payload of those after it is read when somebody asks for it. Throws what
 * `fromCloudEventJson` and `decodeFrame` throw.
 */
export function readEvent(event: Buffer, options: CloudEventOptions): Frame {
  const { maxBytes = Number.POSITIVE_INFINITY } = options
  // No JSON begins so.
  if (event[0] === compactVersion) return decodeFrame(event, options)
  const end = event.length - 1
  const head = event.toString('latin1', 0, headBytes)
  const commonEnd = head.indexOf(boundary)
  const differs = commonEnd < 0 || event.length > maxBytes ? undefined : differing(head, commonEnd)
  if (differs === undefined || event[end] !== closingBrace) return fromCloudEventJson(event, options)
  const { dataAt } = differs
  const common = head.slice(0, commonEnd)
  const kind = known.get(common)
  if (kind) {
    const header: Header = { ...kind, ...differs.header }
    return { header, body: fromBytes(event.subarray(dataAt, end), header.contentType) }
  }
  const frame = fromCloudEventJson(event, options)
  const { contentType, encodings } = frame.header
  if (contentType === 'application/json' && encodings === undefined && isComplete(common)) {
    known.add(common, frame.header)
  }
  return frame
}
