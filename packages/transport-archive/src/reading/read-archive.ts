import { join } from 'node:path'
import {
  type Frame,
  fromCloudEventJson,
  matchesPattern,
  type SignalOptions,
  type SmError,
  strayOption,
} from '@sm/core/transport'
import { archiveError } from '../errors.ts'
import { toDirectory, toTypes } from '../options.ts'
import { LineSplitter } from './line-splitter.ts'
import { type FoundFile, listFiles } from './list-files.ts'
import { readChunks } from './read-chunks.ts'
import { readFrames } from './read-frames.ts'
import { ReadingFaults } from './reading-faults.ts'

/** Longest line that is read, in bytes: a frame of the largest size whose body is bytes has a line of two thirds of it. */
const maxLineBytes = 33_554_432

/** Which messages of an archive to read. */
export interface ReadArchiveOptions extends SignalOptions {
  /** The directory of the archive. */
  readonly directory: string
  /** Patterns of message types: `*` is one segment, `#` any number. Default: all. */
  readonly types?: readonly string[]
  /** Messages of one namespace alone. Default: all that share the directory. */
  readonly namespace?: string
  /** Messages whose `time` is this or later, as a date or in epoch milliseconds. Default: all. */
  readonly from?: Date | number
  /** Messages whose `time` is before this, as a date or in epoch milliseconds. Default: all. */
  readonly to?: Date | number
  /**
   * Told of what cannot be read, which is skipped: the end of a file that was torn (`SM_ARCHIVE_TORN`); a line, a compressed frame or a
   * file that is damaged (`SM_ARCHIVE_UNREADABLE`). Without it, the loop ends with such an error, once everything else was read.
   */
  readonly onFault?: (fault: SmError) => void
}

/** A message of an archive, and where it stands. */
export interface ArchivedMessage {
  /** The frame, as it was published. */
  readonly frame: Frame
  /** Its line: a CloudEvents 1.0 event in JSON. */
  readonly event: string
  /** Name of the file. */
  readonly file: string
  /** Number of the line in the file, from 1. */
  readonly line: number
}

const optionNames: ReadonlySet<string> = new Set<keyof ReadArchiveOptions>([
  ...(['directory', 'types', 'namespace', 'from', 'to', 'onFault', 'signal'] as const),
])

function toMoment(name: 'from' | 'to', value: Date | number | undefined, fallback: number): number {
  const moment = value === undefined ? fallback : Number(value)
  if (!Number.isNaN(moment)) return moment
  throw archiveError('SM_ARCHIVE_OPTIONS', `The option ${name} of readArchive is no time`, {
    details: { option: name },
  })
}

/**
 * Reads an archive, plain or compressed, also while it is written: file after file in the order in which they were begun, and the
 * lines of each as they stand. Memory is bounded by the longest line; every file is looked through, whatever `from` and `to` say.
 *
 * Throws `SM_ARCHIVE_OPTIONS`; the loop rejects with `SM_ARCHIVE_DIRECTORY`, `SM_ARCHIVE_COMPRESSION`, the reason of the signal and,
 * without `onFault`, at its end with what could not be read.
 *
 * @example
 * for await (const { frame } of readArchive({ directory: '/var/lib/orders', types: ['order.#'] })) {
 *   console.log(frame.header.type, frame.body.value())
 * }
 */
export function readArchive(options: ReadArchiveOptions): AsyncGenerator<ArchivedMessage, void, undefined> {
  const stray = strayOption(options, optionNames)
  if (stray !== undefined) {
    const known = [...optionNames].join(', ')
    throw archiveError('SM_ARCHIVE_OPTIONS', `readArchive has no option ${JSON.stringify(stray)} (it has ${known})`)
  }
  const { signal, namespace, onFault } = options
  const types = toTypes(options.types)
  const from = toMoment('from', options.from, Number.NEGATIVE_INFINITY)
  const to = toMoment('to', options.to, Number.POSITIVE_INFINITY)
  const isWanted = ({ header: { type, time } }: Frame) =>
    time >= from && time < to && types.some(pattern => matchesPattern(pattern, type))
  return read({ directory: toDirectory(options.directory), namespace, signal, isWanted }, new ReadingFaults(onFault))
}

interface Wanted {
  readonly directory: string
  readonly namespace: string | undefined
  readonly signal: AbortSignal | undefined
  isWanted(frame: Frame): boolean
}

async function* read(
  { directory, namespace, signal, isWanted }: Wanted,
  faults: ReadingFaults,
): AsyncGenerator<ArchivedMessage, void, undefined> {
  signal?.throwIfAborted()
  for (const found of await listFiles(directory, namespace)) {
    const file = found.name
    let line = 0
    for await (const bytes of readLines(directory, found, signal, faults)) {
      line += 1
      const message = bytes && parse(bytes, { file, line }, faults)
      if (bytes === undefined) faults.unreadable(`Line ${line} of ${file} is too long`, { file, line })
      if (!message || !isWanted(message.frame)) continue
      signal?.throwIfAborted()
      yield message
    }
  }
  faults.end()
}

function parse(
  bytes: Buffer,
  place: { file: string; line: number },
  faults: ReadingFaults,
): ArchivedMessage | undefined {
  try {
    return { frame: fromCloudEventJson(bytes, { maxBytes: maxLineBytes }), event: bytes.toString(), ...place }
  } catch (cause) {
    faults.unreadable(`Line ${place.line} of ${place.file} is no message`, place, cause)
    return undefined
  }
}

/** The lines of a file; undefined in the place of one that is too long. A file that cannot be read has no more of them. */
async function* readLines(
  directory: string,
  { name: file, compress }: FoundFile,
  signal: AbortSignal | undefined,
  faults: ReadingFaults,
): AsyncGenerator<Buffer | undefined> {
  const lines = new LineSplitter(maxLineBytes)
  const chunks = readChunks(join(directory, file), signal)
  try {
    for await (const piece of compress === 'zstd' ? readFrames(chunks, maxLineBytes) : chunks) {
      if (Buffer.isBuffer(piece)) {
        yield* lines.push(piece)
        continue
      }
      // What began before a part that is missing has no end.
      lines.drop()
      const { at, isTorn, cause } = piece
      if (isTorn) faults.torn({ file, at })
      else faults.unreadable(`${file} is damaged at byte ${at}`, { file, at }, cause)
    }
  } catch (cause) {
    signal?.throwIfAborted()
    requireReadable(cause)
    faults.unreadable(`${file} cannot be read`, { file }, cause)
    return
  }
  if (lines.hasRest) faults.torn({ file })
}

/** An error of ours is not one of the file: this Node.js cannot decompress. */
function requireReadable(cause: unknown): void {
  if ((cause as { code?: string }).code === 'SM_ARCHIVE_COMPRESSION') throw cause
}
