import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

function machineId(): string {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      return readFileSync(path, 'utf8').trim()
    } catch {
      // Not every system has it; the host name stands in.
    }
  }
  return hostname()
}

function hostIdOf(): string {
  return createHash('sha256').update(`smartmessage ${machineId()}`).digest('hex').slice(0, 32)
}

/** The same text in all processes of one machine, and nothing that tells what machine it is. */
export const hostId: string = /* @__PURE__ */ hostIdOf()
