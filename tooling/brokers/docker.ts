import type { Launched, Place } from './kinds/kind.ts'

/** The command that runs a server in a container of this name, with its port and its directory as they are outside. */
export function inDocker(image: string, container: string, { directory, port }: Place, inside: Launched): Launched {
  const user = process.getuid ? ['--user', `${process.getuid()}:${process.getgid?.()}`] : []
  const env = Object.entries(inside.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  return {
    command: 'docker',
    args: [
      ...['run', '--rm', '--name', container, '--publish', `127.0.0.1:${port}:${port}`],
      ...['--volume', `${directory}:${directory}`, '--workdir', directory, ...user, ...env],
      ...[image, inside.command, ...inside.args],
    ],
  }
}
