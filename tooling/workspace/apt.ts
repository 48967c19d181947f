import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { run } from './run.ts'

/** A program, and the package of Debian and Ubuntu that has it. */
export interface Packaged {
  readonly name: string
  readonly debian: string
}

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** Whether this process may install packages of Debian. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && isDebian() && isProgram('/usr/bin/apt-get')
}

/** Debian itself, or a system that says that it is like it. */
function isDebian(): boolean {
  try {
    return /^ID(?:_LIKE)?=.*\b(?:debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

const aptLock = '/run/sm-brokers-apt.lock'

/** Only one process runs apt at a time; those that waited find what the first has installed. */
const aptScript = `
command -v "$1" >/dev/null && exit 0
apt-get install --yes --no-install-recommends "$2" && exit 0
apt-get update && apt-get install --yes --no-install-recommends "$2"
`

/** Installs a program. Resolves with what apt wrote when that fails. */
export async function installPackage({ name, debian }: Packaged): Promise<string | undefined> {
  const { code, output } = await run('flock', [aptLock, 'sh', '-c', aptScript, 'sh', name, debian], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  })
  return code === 0 ? undefined : output
}
