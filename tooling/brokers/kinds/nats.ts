import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NatsOptions } from '../broker.ts'
import { type Kind, userInfo } from './kind.ts'

const quoted = (text: string) => JSON.stringify(text)

function access({ user, password, token }: NatsOptions): readonly string[] {
  if (token !== undefined) return [`authorization { token: ${quoted(token)} }`]
  if (user === undefined) return []
  return [`authorization { user: ${quoted(user)}, password: ${quoted(password ?? '')} }`]
}

export const nats: Kind<NatsOptions> = {
  title: 'NATS',
  standardPort: 4222,
  program: { name: 'nats-server', debian: 'nats-server', image: 'nats:2' },
  startTimeoutMs: 30_000,
  async prepare({ directory, host, port }, options, program = 'nats-server') {
    const data = join(directory, 'data')
    await mkdir(data, { recursive: true })
    const file = join(directory, 'nats.conf')
    const lines = [
      `listen: ${quoted(`${host}:${port}`)}`,
      ...(options.jetstream === false ? [] : [`jetstream { store_dir: ${quoted(data)} }`]),
      ...(options.maxPayload === undefined ? [] : [`max_payload: ${options.maxPayload}`]),
      ...access(options),
      ...(options.config ?? []),
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    return { command: program, args: ['-c', file] }
  },
  url: (port, { user, password, token }) =>
    `nats://${userInfo(token ?? user, token === undefined ? password : undefined)}127.0.0.1:${port}`,
  hello: '',
  isReady: answer => answer.toString('latin1').startsWith('INFO {'),
}
