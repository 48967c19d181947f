import { createInterface } from 'node:readline'
import type { Asker } from './answers.ts'
import { RefusedError } from './usage-error.ts'

/** Asks people. `close` lets go of the input. */
export interface Terminal extends Asker {
  close(): void
}

/** Asks on a terminal. An input that ends before the answer is a {@link RefusedError}. */
export function createTerminal(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Terminal {
  const reader = createInterface({ input, output })
  // It keeps the lines that come before they are asked for, and says when there will be no more.
  const lines = reader[Symbol.asyncIterator]()
  return {
    async ask(question, fallback, faultOf) {
      const hint = fallback === undefined ? '' : ` (${fallback || 'none'})`
      for (;;) {
        reader.setPrompt(`${question}${hint}: `)
        reader.prompt()
        const { value, done } = await lines.next()
        if (done) throw new RefusedError('The questions were not all answered')
        const answer = value.trim() || (fallback ?? '')
        const fault = faultOf(answer)
        if (fault === undefined) return answer
        output.write(`${JSON.stringify(answer.slice(0, 80))} ${fault}\n`)
      }
    },
    close: () => reader.close(),
  }
}
