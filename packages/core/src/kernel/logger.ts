/** Facts of a log line. Never a payload, never a secret. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where log lines go. The shape of pino's methods, so a pino logger fits as it is. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

const ignore = () => {}

/** Says nothing. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
