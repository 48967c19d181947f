import type { Compression } from './compression.ts'

/** Who wrote a file of the archive, when it was begun, and its place among those of its writer. */
export interface ArchiveFileName {
  /** When it was begun, epoch milliseconds by the clock of its writer. */
  readonly begunAt: number
  readonly namespace: string
  readonly agent: string
  /** ULID of the instance: no two writers share a file. */
  readonly instance: string
  /** From 1, one more for each file of the instance. */
  readonly sequence: number
  readonly compress: Compression
}

const form =
  /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.([a-z0-9_-]+)\.([a-z0-9_-]+)\.([0-9A-HJKMNP-TV-Z]{26})\.(\d{6,})\.jsonl(\.zst)?$/

/** `20261201T083000123Z.default.shop.01J….000001.jsonl`: sorted by name, files stand in the order in which they were begun. */
export function formatFileName({ begunAt, namespace, agent, instance, sequence, compress }: ArchiveFileName): string {
  const time = new Date(begunAt).toISOString().replaceAll(/[-:.]/g, '')
  const place = String(sequence).padStart(6, '0')
  return `${time}.${namespace}.${agent}.${instance}.${place}.jsonl${compress === 'zstd' ? '.zst' : ''}`
}

/** Reads the name of a file; undefined for one that is not of an archive. */
export function parseFileName(name: string): ArchiveFileName | undefined {
  const [, year, month, day, hour, minute, second, ms, namespace, agent, instance, sequence, suffix] =
    form.exec(name) ?? []
  if (namespace === undefined || agent === undefined || instance === undefined) return undefined
  const begunAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`)
  if (Number.isNaN(begunAt)) return undefined
  return { begunAt, namespace, agent, instance, sequence: Number(sequence), compress: suffix ? 'zstd' : 'none' }
}
