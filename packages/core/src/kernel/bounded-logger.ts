import type { Clock } from './clock.ts'
import type { LogFields, Logger } from './logger.ts'

/** Lines of one kind that are logged within a minute; further ones are counted, and told with the next that is. */
const linesPerMinute = 20
const minuteMs = 60_000
/** Most kinds of lines that are told apart. */
const maxKinds = 500

interface Kind {
  began: number
  lines: number
  suppressed: number
}

/** The code of a line, wherever it stands. */
function codeOf({ code, error }: LogFields): string {
  return String(code ?? Object(error).code ?? '')
}

/**
 * A logger that a fault cannot flood: of warnings and errors with one text, code and message type, so many a minute pass, and
 * the next one tells in `suppressed` how many did not.
 */
export function boundedLogger(logger: Logger, clock: Clock): Logger {
  const kinds = new Map<string, Kind>()

  const bounded = (level: 'warn' | 'error') => (fields: LogFields, message: string) => {
    const key = `${message}\n${codeOf(fields)}\n${String(fields.type ?? '')}`
    const now = clock.elapsed()
    let kind = kinds.get(key)
    if (!kind) {
      if (kinds.size === maxKinds) kinds.delete(kinds.keys().next().value as string)
      kind = { began: now, lines: 0, suppressed: 0 }
      kinds.set(key, kind)
    }
    if (now - kind.began >= minuteMs) {
      kind.began = now
      kind.lines = 0
    }
    if (kind.lines === linesPerMinute) {
      kind.suppressed += 1
      return
    }
    kind.lines += 1
    logger[level](kind.suppressed === 0 ? fields : { ...fields, suppressed: kind.suppressed }, message)
    kind.suppressed = 0
  }
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: bounded('warn'),
    error: bounded('error'),
  }
}
