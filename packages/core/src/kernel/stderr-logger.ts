import type { LogFields, Logger } from './logger.ts'

/** Facts that a line shows, in this order; what else there is belongs into a logger of the application. */
const shown = ['agent', 'transport', 'type', 'messageId', 'attempt', 'code', 'suppressed'] as const

/** Longest text of a line: an error may quote anything. */
const maxLength = 600

/** Without control characters: what comes from outside must not write lines of its own. */
const oneLine = (text: string) => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, maxLength)

function lineOf(level: string, fields: LogFields, message: string): string {
  const facts = shown.flatMap(name => (fields[name] === undefined ? [] : `${name}=${String(fields[name])}`))
  const { error, message: reason } = fields as { error?: unknown; message?: unknown }
  const why = Object(error).message ?? reason
  return `${oneLine(`smartmessage ${level}: ${message} (${facts.join(' ')})${typeof why === 'string' ? ` ${why}` : ''}`)}\n`
}

const ignore = () => {}

/** Warnings and errors on stderr, one line each. It is what an agent has unless it is given a logger. */
export const stderrLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: (fields, message) => void process.stderr.write(lineOf('warning', fields, message)),
  error: (fields, message) => void process.stderr.write(lineOf('error', fields, message)),
}
