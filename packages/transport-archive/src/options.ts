import { resolve } from 'node:path'
import { checkPattern } from '@sm/core/transport'
import { archiveError } from './errors.ts'
import { type Compression, requireCompression } from './files/compression.ts'

/** When what was written is synced to the disk. */
export type SyncPolicy = 'always' | 'interval' | 'never'

/** Options of the archive. All but `directory` have defaults. */
export interface ArchiveTransportOptions {
  /**
   * Directory of the files, made with mode 0700 if it is absent. Several agents and instances may share it: no two of them write to
   * one file. It is refused where it is a link, a file, not writable, or somebody else's that anybody may write to.
   */
  readonly directory: string
  /** Patterns of the message types that are archived: `*` is one segment, `#` any number. Default: all, `['#']`. */
  readonly types?: readonly string[]
  /** A file that would grow beyond so many bytes is closed, and the next one begins. Default 67,108,864 (64 MiB). */
  readonly maxFileBytes?: number
  /** A file is closed so many milliseconds after it was begun. Default 86,400,000 (a day). */
  readonly maxFileAgeMs?: number
  /**
   * Most files of this agent in the directory, over all of its instances: the oldest go first, and never one that may still be written.
   * Default: none are removed.
   */
  readonly maxFiles?: number
  /** How files are compressed. Default `none`. With `zstd` each write is a frame of its own, readable whatever comes after it. */
  readonly compress?: Compression
  /**
   * When what was written is synced to the disk: before a publish resolves (`always`), every `fsyncIntervalMs` (`interval`, the
   * default), or when the system sees fit (`never`). Without `always` a crash of the machine, not one of the process, may lose lines.
   */
  readonly fsync?: SyncPolicy
  /** Time between two syncs, in milliseconds, with `fsync: 'interval'`. Default 1,000. */
  readonly fsyncIntervalMs?: number
  /** Most bytes of lines that wait to be written; a publish waits while there is no room. Default 8,388,608 (8 MiB). */
  readonly maxWaitingBytes?: number
  /** How often the directory is looked at, and tried while it cannot be written, in milliseconds. Default 1,000. */
  readonly checkMs?: number
}

/** The options of an archive with every default filled in. */
export interface ArchiveSettings {
  readonly directory: string
  readonly types: readonly string[]
  readonly maxFileBytes: number
  readonly maxFileAgeMs: number
  readonly maxFiles: number
  readonly compress: Compression
  readonly fsync: SyncPolicy
  readonly fsyncIntervalMs: number
  readonly maxWaitingBytes: number
  readonly checkMs: number
}

const numbers = ['maxFileBytes', 'maxFileAgeMs', 'maxFiles', 'fsyncIntervalMs', 'maxWaitingBytes', 'checkMs'] as const

function refuse(option: string, why: string, cause?: unknown): never {
  throw archiveError('SM_ARCHIVE_OPTIONS', `The option ${option} of the archive ${why}`, { cause, details: { option } })
}

/** The directory that an option names, from the root. Throws `SM_ARCHIVE_OPTIONS` where it names none. */
export function toDirectory(directory: unknown): string {
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
    return refuse('directory', 'does not name a directory')
  }
  // A process that changes its directory later does not move its archive.
  return resolve(directory)
}

/** Patterns of message types that an option holds. Throws `SM_ARCHIVE_OPTIONS` for what are none. */
export function toTypes(types: unknown): readonly string[] {
  if (types === undefined) return ['#']
  if (!Array.isArray(types) || types.length === 0) return refuse('types', 'is not a list of patterns')
  for (const pattern of types) {
    try {
      checkPattern(pattern)
    } catch (cause) {
      refuse('types', 'holds what is no pattern of message types', cause)
    }
  }
  return types
}

function toCount(name: (typeof numbers)[number], value: unknown, fallback: number): number {
  if (value === undefined) return fallback
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number
  return refuse(name, 'is not an integer of 1 or more')
}

function oneOf<T extends string>(name: string, value: unknown, choices: readonly T[], fallback: T): T {
  if (value === undefined) return fallback
  if (choices.includes(value as T)) return value as T
  return refuse(name, `is none of ${choices.join(', ')}`)
}

/** Checks options and fills in the defaults. Throws `SM_ARCHIVE_OPTIONS` or `SM_ARCHIVE_COMPRESSION`. */
export function toArchiveSettings(options: ArchiveTransportOptions): ArchiveSettings {
  const { directory, types, compress, fsync, fsyncIntervalMs } = options
  const policy = oneOf('fsync', fsync, ['always', 'interval', 'never'], 'interval')
  if (fsyncIntervalMs !== undefined && policy !== 'interval') {
    refuse('fsyncIntervalMs', `has no meaning with fsync: "${policy}"`)
  }
  const compression = oneOf('compress', compress, ['none', 'zstd'], 'none')
  requireCompression(compression)
  return {
    directory: toDirectory(directory),
    types: toTypes(types),
    maxFileBytes: toCount('maxFileBytes', options.maxFileBytes, 67_108_864),
    maxFileAgeMs: toCount('maxFileAgeMs', options.maxFileAgeMs, 86_400_000),
    maxFiles: toCount('maxFiles', options.maxFiles, Number.POSITIVE_INFINITY),
    compress: compression,
    fsync: policy,
    fsyncIntervalMs: toCount('fsyncIntervalMs', fsyncIntervalMs, 1_000),
    maxWaitingBytes: toCount('maxWaitingBytes', options.maxWaitingBytes, 8_388_608),
    checkMs: toCount('checkMs', options.checkMs, 1_000),
  }
}

/**
 * The options that a URL stands for: `archive:///var/lib/orders?types=order.%23&compress=zstd`. `types` may stand there several times;
 * names that there are not are refused with the options.
 */
export function fromUrl(url: URL): ArchiveTransportOptions {
  const { host, pathname, searchParams } = url
  if (host !== '' || pathname === '') return refuse('directory', 'is not given as archive:///path/from/the/root')
  const options: Record<string, unknown> = {}
  for (const [name, value] of searchParams) {
    if (name === 'types') continue
    // What is no number is refused as that, by its name.
    options[name] = (numbers as readonly string[]).includes(name) ? Number(value || Number.NaN) : value
  }
  if (searchParams.has('types')) options.types = searchParams.getAll('types')
  try {
    return { ...options, directory: decodeURIComponent(pathname) }
  } catch (cause) {
    return refuse('directory', 'has a "%" that encodes nothing', cause)
  }
}
