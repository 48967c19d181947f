/** Most bytes of the headers that a message has when it is published once more: amqplib cannot encode more than 64 KiB. */
const maxHeaderBytes = 57_344
/** The bytes of a frame of AMQP besides the headers of users: the other properties, and what a copy of a message is given. */
const spareBytes = 2_048

/** Most bytes of headers where the server takes frames of `frameMax`: a header is one frame. */
export function mostHeaderBytes(frameMax: number): number {
  return Math.min(maxHeaderBytes, frameMax - spareBytes)
}
