import { type Header, maxExtensions } from '@sm/core/transport'

/** The extension that counts the bridges which a message has crossed. */
const hopsExtension = 'smhops'

/** The extension that names the bridges which a message has crossed, and the wires that it came from. */
const bridgesExtension = 'smbridges'

/** Most bridges that any message may cross, whatever `maxHops` says: so many fit into an extension. */
export const mostHops = 16

/** A bridge that a message has crossed. */
export interface Passage {
  readonly bridge: string
  /** The wire that it came from. */
  readonly wire: string
}

/** The marks of a message. */
export interface Marks {
  readonly hops: number
  readonly passages: readonly Passage[]
  /** The marks are not what a bridge writes; they count as none. */
  readonly malformed: boolean
}

const HOPS = /^(?:0|[1-9]\d{0,2})$/
const PASSAGE = /^[a-z0-9][a-z0-9_-]{0,62}@[0-9a-f]{8}$/

const none: Marks = { hops: 0, passages: [], malformed: false }
const bad: Marks = { ...none, malformed: true }

function toPassage(text: string): Passage {
  const at = text.indexOf('@')
  return { bridge: text.slice(0, at), wire: text.slice(at + 1) }
}

/**
 * Reads the marks of a message. They come from outside: marks that no bridge writes (no number, negative, huge, too long) are those
 * of a message that was never bridged. The bridge writes good ones in their place, so that a circle ends all the same.
 */
export function readMarks({ extensions }: Header): Marks {
  const hops = extensions?.[hopsExtension]
  const bridges = extensions?.[bridgesExtension]
  if (hops === undefined && bridges === undefined) return none
  if (!HOPS.test(hops ?? '0')) return bad
  const texts = bridges === undefined ? [] : bridges.split(' ', mostHops + 1)
  if (texts.length > mostHops || !texts.every(text => PASSAGE.test(text))) return bad
  // Each passage is a hop: a count that was set back does not hide them.
  return { hops: Math.max(Number(hops ?? 0), texts.length), passages: texts.map(toPassage), malformed: false }
}

/** Whether a message would go where it has been: across this bridge in any direction, or back onto a wire that it came from. */
export function hasPassed({ passages }: Marks, bridge: string, toWire: string): boolean {
  return passages.some(passage => passage.bridge === bridge || passage.wire === toWire)
}

/** Whether a message has crossed this bridge in this very direction. */
export function isReturn({ passages }: Marks, { bridge, wire }: Passage): boolean {
  return passages.some(passage => passage.bridge === bridge && passage.wire === wire)
}

/** The header with the marks of one more passage; undefined when it has no room for them. */
export function withPassage(header: Header, { hops, passages }: Marks, { bridge, wire }: Passage): Header | undefined {
  const bridges = [...passages.map(passage => `${passage.bridge}@${passage.wire}`), `${bridge}@${wire}`].join(' ')
  const extensions = { ...header.extensions, [hopsExtension]: String(hops + 1), [bridgesExtension]: bridges }
  return Object.keys(extensions).length > maxExtensions ? undefined : { ...header, extensions }
}
