import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { root } from './root.ts'

/** How a command ended. */
export interface Ended {
  readonly code: number
  /** The output, standard output and errors in the order in which they came. */
  readonly output: string
}

export interface RunOptions {
  /** Default: the root of the repository. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** The tools of the repository come first, also when this is run without pnpm. */
const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)

/** Runs a command without input and collects what it writes. A command that cannot be started ends with code 127. */
export function run(command: string, args: readonly string[], { cwd = root, env }: RunOptions = {}): Promise<Ended> {
  return new Promise(resolve => {
    let output = ''
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: path, NO_COLOR: '1', FORCE_COLOR: undefined, TURBO_TELEMETRY_DISABLED: '1', ...env },
    })
    const collect = (chunk: Buffer) => {
      output += chunk
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', error => resolve({ code: 127, output: `${command}: ${error.message}` }))
    child.on('close', code => resolve({ code: code ?? 1, output }))
  })
}
