import { controlTypes, type Frame } from '../src/message/index.ts'

/** Whether a frame is what an agent says of itself: there is always some of it, and tests of other things look past it. */
export function isPresence({ header }: Frame): boolean {
  return header.type.startsWith(controlTypes.presence)
}
