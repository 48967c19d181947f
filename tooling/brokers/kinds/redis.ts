import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RedisOptions } from '../broker.ts'
import { type Kind, userInfo } from './kind.ts'

const quoted = (text: string) => JSON.stringify(text)

function access({ user, password }: RedisOptions): readonly string[] {
  if (user !== undefined) {
    return [
      'user default off',
      `user ${user} on ${password === undefined ? 'nopass' : quoted(`>${password}`)} ~* &* +@all`,
    ]
  }
  return password === undefined ? [] : [`requirepass ${quoted(password)}`]
}

/** A sentinel refuses lines about data. */
function keeping({ persistent, sentinel }: RedisOptions): readonly string[] {
  if (sentinel) return []
  return ['save ""', ...(persistent === false ? ['appendonly no'] : ['appendonly yes', 'appendfsync always'])]
}

export const redis: Kind<RedisOptions> = {
  title: 'Redis',
  standardPort: 6379,
  program: { name: 'redis-server', debian: 'redis-server', image: 'redis:7' },
  startTimeoutMs: 30_000,
  async prepare({ directory, host, port }, options, program = 'redis-server') {
    const data = join(directory, 'data')
    await mkdir(data, { recursive: true })
    const file = join(directory, 'redis.conf')
    const lines = [
      `port ${port}`,
      `bind ${host}`,
      'protected-mode no',
      `dir ${quoted(data)}`,
      ...keeping(options),
      ...access(options),
      ...(options.config ?? []),
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    return { command: program, args: [file, ...(options.sentinel ? ['--sentinel'] : [])] }
  },
  url: (port, { user, password }) => `redis://${userInfo(user, password)}127.0.0.1:${port}`,
  hello: 'PING\r\n',
  // While it loads its data it answers LOADING.
  isReady: answer => /^(?:\+PONG|-NOAUTH)/.test(answer.toString('latin1')),
}
