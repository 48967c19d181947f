import type { Capabilities } from '@sm/core/transport'
import type { ServerFacts } from './connection/server-facts.ts'

/** The capabilities of the transport with a server that has all it needs. */
export const capabilities: Capabilities = {
  reach: 'wan',
  delivery: { 'at-most-once': 'accepted', 'at-least-once': 'accepted' },
  durable: true,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  wildcards: true,
  maxFrameBytes: 1_048_576,
  expiry: false,
  delay: true,
  // The server reads along, also where the connections to it are encrypted.
  encrypted: false,
  deadLetters: true,
  publishOnly: false,
}

/** Largest frame that can be asked for, in bytes: Redis takes values of 512 MiB, and JSON is longer than what it stands for. */
const largestFrameBytes = 268_435_456

/** Why a server cannot keep what is to arrive at least once; undefined when it can. */
export function unfitness({ version, mayEvict, known }: ServerFacts): string | undefined {
  if (!known) return 'INFO is not permitted, so that nobody knows whether keys may be evicted: permit it'
  if (mayEvict) return 'keys may be evicted when memory is full: set maxmemory-policy to noeviction'
  const [major = 0, minor = 0] = version
  if (major < 6 || (major === 6 && minor < 2)) return `version ${version.join('.')} is too old: 6.2 or later is needed`
  return undefined
}

/** The capabilities with the server that is there. */
export function capabilitiesOf(facts: ServerFacts): Capabilities {
  const able = { ...capabilities, maxFrameBytes: largestFrameBytes }
  if (unfitness(facts)) {
    return {
      ...able,
      delivery: { 'at-most-once': 'accepted' },
      durable: false,
      delay: false,
      deadLetters: false,
    }
  }
  const evidence = facts.syncsAlways ? 'persisted' : 'accepted'
  return { ...able, delivery: { 'at-most-once': 'accepted', 'at-least-once': evidence } }
}
