import { delimiter, join } from 'node:path'
import { canInstall, installPackage, isProgram, type Packaged } from '../workspace/apt.ts'
import { run } from '../workspace/run.ts'

const ip: Packaged = { name: 'ip', debian: 'iproute2' }

const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin']

/** Why a program cannot be had; undefined when it is there, installed just now if need be. */
async function absenceOf(program: Packaged): Promise<string | undefined> {
  const isThere = () => directories.some(directory => isProgram(join(directory, program.name)))
  if (isThere()) return undefined
  const failure = canInstall() ? await installPackage(program) : 'this process may not install packages'
  return isThere()
    ? undefined
    : `there is no ${program.name} (package ${program.debian}): ${failure?.trim().slice(-300)}`
}

/** Why this machine cannot have networks of its own for a test; undefined when it can. */
export async function netnsAbsence(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are there on Linux alone'
  if (process.getuid?.() !== 0) return 'network namespaces can be made by root alone'
  return (await absenceOf(ip)) ?? tryOut([])
}

/** Why the kernel cannot lose, delay and reorder packets by itself. */
export async function netemAbsence(): Promise<string | undefined> {
  const absence = (await netnsAbsence()) ?? (await absenceOf({ name: 'tc', debian: 'iproute2' }))
  return absence ?? tryOut(['tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'])
}

/** Why no program of the tests can stand between a host and the others. */
export async function wireAbsence(): Promise<string | undefined> {
  return (
    (await netnsAbsence()) ??
    (await absenceOf({ name: 'socat', debian: 'socat' })) ??
    (await absenceOf({ name: 'ethtool', debian: 'ethtool' }))
  )
}

/** Runs a command in a namespace that is there for it alone. */
async function tryOut(command: readonly string[]): Promise<string | undefined> {
  const name = `sm-${process.pid}-try`
  const added = await run('ip', ['netns', 'add', name])
  if (added.code !== 0) return `a network namespace cannot be made: ${added.output.trim()}`
  const { code, output } =
    command.length > 0 ? await run('ip', ['netns', 'exec', name, ...command]) : { code: 0, output: '' }
  await run('ip', ['netns', 'delete', name])
  return code === 0 ? undefined : `${command.join(' ')}: ${output.trim()}`
}
