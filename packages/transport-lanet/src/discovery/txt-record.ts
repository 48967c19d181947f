import { checkAgentId, checkNamespace, isUlid } from '@sm/core/transport'
import type { Announcement } from './discovery.ts'

/** The content of an announcement in TXT. The port stands in the SRV record, the address in A and AAAA. */
export type Txt = Readonly<Record<string, string>>

/** Version of these keys. */
const txtVersion = '1'

/** `epoch` changes whenever the addresses do, so that those who know the rest look at them again. */
export function toTxt({ namespace, agent, instance, wire, fingerprint, network }: Announcement, epoch: number): Txt {
  return { txtvers: txtVersion, namespace, agent, instance, wire, key: fingerprint, network, epoch: String(epoch) }
}

/** Undefined for what is no announcement of this kind: anybody on the network may announce anything. */
export function fromTxt(txt: unknown, port: number): Announcement | undefined {
  const { txtvers, namespace, agent, instance, wire, key, network } = Object(txt) as Record<string, unknown>
  if (txtvers !== txtVersion || !(port >= 1 && port <= 65_535)) return undefined
  if (typeof wire !== 'string' || !/^\d{1,5}\.\d{1,5}$/.test(wire)) return undefined
  if (typeof instance !== 'string' || !isUlid(instance)) return undefined
  try {
    checkNamespace(namespace)
    checkAgentId(agent)
  } catch {
    // The names of a stranger are no fault of anybody here.
    return undefined
  }
  return { namespace, agent, instance, wire, fingerprint: toTag(key), network: toTag(network), port }
}

/** A short text of harmless characters; anything else counts as none. */
function toTag(value: unknown): string {
  return typeof value === 'string' && /^[\w+/=:-]{1,128}$/.test(value) ? value : ''
}
