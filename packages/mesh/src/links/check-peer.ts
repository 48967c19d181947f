import type { TransportContext } from '@sm/core/transport'
import { meshError } from '../errors.ts'
import type { Hello } from '../wire/packets/hello.ts'

/** Throws `SM_MESH_PROTOCOL` for a peer that this side has no business with. */
export function checkPeer({ namespace, agent, instance }: Hello, own: TransportContext): void {
  if (namespace !== own.namespace) {
    throw meshError('SM_MESH_PROTOCOL', `The peer ${agent} is of the namespace ${namespace}, not of ${own.namespace}`)
  }
  if (instance === own.instance) throw meshError('SM_MESH_PROTOCOL', 'The peer is this very agent')
}
