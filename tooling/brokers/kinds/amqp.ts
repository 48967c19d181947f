import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AmqpOptions } from '../broker.ts'
import { type Kind, userInfo } from './kind.ts'
import { makeHome } from './rabbitmq-home.ts'

/** Without epmd, nodes of one name do not know of each other. */
const nodeName = 'sm@localhost'

const guest = 'guest'
const connectionStart = Buffer.from([0, 10, 0, 10])

function configuration({ host, port }: { host: string; port: number }, { user, password, config }: AmqpOptions) {
  return [
    `listeners.tcp.1 = ${host}:${port}`,
    `default_user = ${user ?? guest}`,
    `default_pass = ${password ?? guest}`,
    'loopback_users = none',
    'log.file = false',
    'log.console = true',
    'log.console.level = info',
    // A test does not need room on the disk for long.
    'disk_free_limit.absolute = 1MB',
    ...(config ?? []),
  ]
}

/**
 * One process and no other: the script becomes Erlang's machine because it is allowed input (which `-noinput` takes
 * away again), and the node listens for `erl_call` on a port of its own instead of having a port mapper started.
 */
function erlangArguments(port: number, schedulers: number) {
  return {
    // For every Erlang that the node itself may start.
    ERL_ZFLAGS: '-start_epmd false',
    RABBITMQ_ALLOW_INPUT: '1',
    RABBITMQ_SERVER_START_ARGS: [
      '-noinput',
      `-sname ${nodeName} -erl_epmd_port ${port}`,
      '-kernel inet_dist_use_interface {127,0,0,1}',
    ].join(' '),
    RABBITMQ_SERVER_ERL_ARGS: `+S ${schedulers}:${schedulers} +A 4 +sbwt none +sbwtdcpu none +sbwtdio none`,
  }
}

export const amqp: Kind<AmqpOptions> = {
  title: 'RabbitMQ',
  standardPort: 5672,
  program: {
    name: 'rabbitmq-server',
    debian: 'rabbitmq-server',
    image: 'rabbitmq:3',
    // Debian's command on the PATH changes the user; the one that it calls does not.
    directories: ['/usr/lib/rabbitmq/bin'],
  },
  startTimeoutMs: 120_000,
  async prepare(place, options, program) {
    const { directory } = place
    const file = (name: string) => join(directory, name)
    await mkdir(file('data'), { recursive: true })
    await writeFile(file('rabbitmq.conf'), `${configuration(place, options).join('\n')}\n`)
    await writeFile(file('enabled_plugins'), '[].\n')
    await writeFile(file('environment'), '')
    // Only the first start writes it: it is then shared with all who control this node.
    if (!existsSync(file('.erlang.cookie'))) {
      await writeFile(file('.erlang.cookie'), randomBytes(16).toString('hex'), { mode: 0o400 })
    }
    const env = {
      HOME: directory,
      RABBITMQ_NODENAME: nodeName,
      RABBITMQ_CONF_ENV_FILE: file('environment'),
      RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: file('advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins'),
      RABBITMQ_MNESIA_BASE: file('data'),
      RABBITMQ_LOG_BASE: directory,
      RABBITMQ_LOGS: '-',
      RABBITMQ_PID_FILE: file('pid'),
    }
    if (program === undefined) return { command: 'rabbitmq-server', args: [], env }
    const home = await makeHome(program, file('home'))
    return {
      command: home.program,
      args: [],
      env: {
        ...env,
        ...home.env,
        RABBITMQ_DIST_PORT: `${place.controlPort}`,
        ...erlangArguments(place.controlPort, options.schedulers ?? 1),
      },
    }
  },
  url: (port, { user = guest, password = guest }) => `amqp://${userInfo(user, password)}127.0.0.1:${port}`,
  hello: 'AMQP\0\0\t\x01',
  isReady: answer => answer[0] === 1 && answer.subarray(7, 11).equals(connectionStart),
}
