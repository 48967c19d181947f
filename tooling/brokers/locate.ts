import { delimiter, join } from 'node:path'
import { canInstall, installPackage, isProgram, type Packaged } from '../workspace/apt.ts'
import { run } from '../workspace/run.ts'
import { BrokerError } from './broker.ts'

/** A server's program and the ways to get it. */
export interface Program extends Packaged {
  /** Image of Docker Hub. */
  readonly image: string
  /** Where it is looked for first. */
  readonly directories?: readonly string[]
}

/** How a server can be run on this machine. */
export type Located =
  | { readonly by: 'program'; readonly path: string }
  | { readonly by: 'docker'; readonly image: string }

/** The parts of the machine that finding a program uses. */
export interface Machine {
  /** Directories of programs, in the order in which they are looked through. */
  readonly path: readonly string[]
  isProgram(file: string): boolean
  /** Whether this process may install packages of Debian. */
  canInstall(): boolean
  /** Resolves with why it could not be installed. */
  install(program: Program): Promise<string | undefined>
  /** Whether an engine answers. */
  hasDocker(): Promise<boolean>
}

/** Where servers are that are not on the PATH of everybody. */
const systemDirectories = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/opt/homebrew/sbin',
  '/opt/homebrew/bin',
  '/usr/lib/rabbitmq/bin',
]

/**
 * Finds a server's program, installs it, or falls back on its Docker image. Throws an error that says what to install
 * when there is no way.
 */
export async function locate(program: Program, machine: Machine = thisMachine()): Promise<Located> {
  const find = () => {
    const directories = [...(program.directories ?? []), ...machine.path]
    return directories.map(directory => join(directory, program.name)).find(file => machine.isProgram(file))
  }
  const found = find()
  if (found !== undefined) return { by: 'program', path: found }
  let failure: string | undefined
  if (machine.canInstall()) {
    failure = await machine.install(program)
    const installed = find()
    if (installed !== undefined) return { by: 'program', path: installed }
  }
  if (await machine.hasDocker()) return { by: 'docker', image: program.image }
  const reason = failure === undefined ? '' : ` Installing it failed: ${failure.trim().split('\n').slice(-3).join(' ')}`
  throw new BrokerError(
    `There is no ${program.name} here, and no Docker that could run ${program.image}. Install the package ` +
      `${program.debian} (Debian, Ubuntu) or put ${program.name} on the PATH; or leave its tests out with ` +
      `SM_TEST_BROKERS.${reason}`,
  )
}

/** The machine that this runs on. */
function thisMachine(): Machine {
  return {
    path: [...(process.env.PATH ?? '').split(delimiter).filter(directory => directory !== ''), ...systemDirectories],
    isProgram,
    canInstall,
    install: installPackage,
    hasDocker: async () => (await run('docker', ['info'])).code === 0,
  }
}
