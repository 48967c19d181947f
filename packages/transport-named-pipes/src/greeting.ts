import { isUlid } from '@sm/core/transport'

/**
 * The words of a caller in the inbox of the one it calls: `SM1 <link> <agent> <instance>
 * `. They are shorter than PIPE_BUF, so that the greetings of several callers never mix.
 */
export interface Greeting {
  readonly link: string
  readonly agent: string
  readonly instance: string
}

/** Longest greeting, in bytes. POSIX lets 512 through in one piece. */
export const maxGreetingBytes = 256

const GREETING = /^SM1 ([0-9A-Z]{26}) ([a-z0-9][a-z0-9_-]{0,62}) ([0-9A-Z]{26})$/

export function formatGreeting({ link, agent, instance }: Greeting): string {
  return `SM1 ${link} ${agent} ${instance}\n`
}

/** Undefined for a line that is no greeting. */
export function parseGreeting(line: string): Greeting | undefined {
  const match = GREETING.exec(line)
  if (!match) return undefined
  const [, link, agent, instance] = match as unknown as [string, string, string, string]
  return isUlid(link) && isUlid(instance) ? { link, agent, instance } : undefined
}

/**
 * Cuts what comes into an inbox into greetings. Whatever else is written there is dropped up to the next line, told once
 * per line, and never kept beyond the length of a greeting.
 */
export class GreetingReader {
  readonly #onGreeting: (greeting: Greeting) => void
  readonly #onFault: () => void
  #rest = ''
  #overlong = false

  constructor(onGreeting: (greeting: Greeting) => void, onFault: () => void) {
    this.#onGreeting = onGreeting
    this.#onFault = onFault
  }

  read(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n')
    this.#rest = lines.pop() as string
    for (const line of lines) {
      const greeting = this.#overlong ? undefined : parseGreeting(line)
      if (greeting) this.#onGreeting(greeting)
      else this.#onFault()
      this.#overlong = false
    }
    if (this.#rest.length <= maxGreetingBytes) return
    this.#rest = ''
    this.#overlong = true
  }
}
