import { type Header, orderExtension } from '../../message/index.ts'
import type { KeyOrder } from '../job.ts'
import type { Stage } from './stage.ts'

/** Most keys whose last number is remembered. */
const maxKeys = 10_000
const MARK = /^(\d{0,15})-(\d{1,15})$/

/** Sees by the numbers of messages with a key whether they come in order. */
export function keyOrder(): Stage {
  /** The highest number that came, by sender, receiver, type and key; the one that was used least lately comes first. */
  const highest = new Map<string, number>()

  const judge = (header: Header, mark: string): KeyOrder | undefined => {
    const [, before, own] = MARK.exec(mark) ?? []
    if (own === undefined) return undefined
    const number = Number(own)
    const name = JSON.stringify([header.from, header.to, header.type, header.key])
    const last = highest.get(name) ?? 0
    highest.delete(name)
    if (highest.size === maxKeys) highest.delete(highest.keys().next().value as string)
    highest.set(name, Math.max(number, last))
    if (number < last) return 'broken'
    // One that comes again stands where it stood.
    return number === last || (before !== '' && Number(before) === last) ? 'kept' : 'unknown'
  }

  return next => job => {
    const mark = job.header.key === undefined ? undefined : job.header.extensions?.[orderExtension]
    if (mark !== undefined) job.order = judge(job.header, mark)
    return next(job)
  }
}
