import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Place } from '../pair.ts'

interface Claim {
  readonly namespace: string
  readonly agent: string
  readonly instance: string
  readonly probe: boolean
}

/** The part of the sources of `@sm/transport-lanet` that is used. */
interface Keys {
  openCredentials(options: { readonly keyDirectory: string }): Promise<unknown>
}

interface Noise {
  initiate(socket: Socket, credentials: unknown, own: Claim, signal: AbortSignal): Promise<unknown>
  respond(
    socket: Socket,
    credentials: unknown,
    own: Claim,
    signal: AbortSignal,
    turn: () => Promise<void>,
  ): Promise<unknown>
}

export interface LanetHandshake {
  initiate(place: Place, socket: Socket): Promise<unknown>
  respond(place: Place, socket: Socket): Promise<unknown>
}

/**
 * The handshake of our links by itself. The package does not offer it, for nobody is to build on it, so it is taken from
 * where its sources are.
 */
export async function openLanetHandshake(): Promise<LanetHandshake> {
  const index = import.meta.resolve('@sm/transport-lanet')
  const load = (path: string) => import(new URL(path, index).href)
  const { openCredentials } = (await load('./keys/credentials.ts')) as Keys
  const { initiate, respond } = (await load('./link/handshake.ts')) as Noise
  const opened = new Map<string, Promise<unknown>>()
  const keysOf = ({ directory }: Place) => {
    const keys = opened.get(directory) ?? openCredentials({ keyDirectory: join(directory, 'keys') })
    opened.set(directory, keys)
    return keys
  }
  const claimOf = (agent: string): Claim => ({ namespace: 'bench', agent, instance: '0'.repeat(26), probe: false })
  const { signal } = new AbortController()
  return {
    initiate: async (place, socket) => initiate(socket, await keysOf(place), claimOf('asking'), signal),
    // The port of a transport lets strangers through at a pace; how long they wait there is no part of a handshake.
    respond: async (place, socket) =>
      respond(socket, await keysOf(place), claimOf('answering'), signal, async () => undefined),
  }
}
