import { open } from 'node:fs/promises'
import type { MessageContext } from '@sm/core'
import { AlertRaised, DigestMade, SampleTaken } from '../messages.ts'
import type { Role } from '../role.ts'

/** Keeps the archive: one line of JSON per message. A message is done when its line has been written. */
export const scribe: Role = async ({ handle, settings }) => {
  const file = await open(settings.archive, 'a')
  const write = async (payload: object, { header }: MessageContext) => {
    const { id, type, from } = header
    await file.appendFile(`${JSON.stringify({ id, type, from, ...payload })}\n`)
  }
  await handle(SampleTaken, write)
  await handle(DigestMade, write)
  await handle(AlertRaised, write)
  return () => file.close()
}
