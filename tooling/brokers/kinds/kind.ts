import type { Program } from '../locate.ts'

/** Where a server is to listen and to keep what it has. */
export interface Place {
  readonly directory: string
  /** `127.0.0.1`, or every address of a container. */
  readonly host: string
  readonly port: number
  /** A second port, for a server that is controlled through one. */
  readonly controlPort: number
}

/** A command that runs a server in the foreground. */
export interface Launched {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** How one sort of broker is installed, configured, run and recognised. */
export interface Kind<Options> {
  /** The name of it in messages: `Redis`. */
  readonly title: string
  readonly standardPort: number
  readonly program: Program
  /** Writes what the server reads, and tells how it is run. Its data is kept in `data` in the directory. */
  prepare(place: Place, options: Options, program: string | undefined): Promise<Launched>
  url(port: number, options: Options): string
  /** Begins a conversation with a server: what is sent to it… */
  readonly hello: string
  /** …and whether this answer shows that it is ready. */
  isReady(answer: Buffer): boolean
  /** Longest time it may take to start, in milliseconds, also on a busy machine. */
  readonly startTimeoutMs: number
}

/** `user:password@`, for a URL. */
export function userInfo(user: string | undefined, password: string | undefined): string {
  if (user === undefined && password === undefined) return ''
  const encoded = [user ?? '', ...(password === undefined ? [] : [password])].map(encodeURIComponent)
  return `${encoded.join(':')}@`
}
