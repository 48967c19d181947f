import { defineMessage, unchecked } from '@sm/core'

/** Work for one agent, with a number to tell one from another. */
export const WorkOrdered = defineMessage('work.ordered', { schema: unchecked<{ readonly n: number }>() })

/** The agent that it is for. */
export const worker = 'worker'
