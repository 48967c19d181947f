import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../workspace/run.ts'
import { type AmqpBroker, BrokerError } from './broker.ts'
import { OwnedServer } from './owned-server.ts'

/** RabbitMQ, controlled by Erlang's own `erl_call`: `rabbitmqctl` would take seconds to start. */
export class RabbitMqServer extends OwnedServer implements AmqpBroker {
  override async start(): Promise<void> {
    await super.start()
    if (this.control.container !== undefined) return
    // It would start epmd within a minute, which would outlive the node.
    await this.eval('supervisor:terminate_child(rabbit_sup, rabbit_epmd_monitor_sup)')
  }

  async eval(expression: string): Promise<string> {
    const { container, port } = this.control
    if (container !== undefined)
      return evaluated(await run('docker', ['exec', container, 'rabbitmqctl', 'eval', expression]))
    return evaluated(await erlCall(port, this.directory, expression))
  }

  async closeConnections(reason = 'closed by a test'): Promise<void> {
    // One by one: `close_all_connections` gives up on the rest when one of them ends meanwhile by itself.
    const close = `rabbit_networking:close_connection(Connection, ${JSON.stringify(reason)})`
    await this.eval(`[catch ${close} || Connection <- rabbit_networking:local_connections()], ok`)
  }

  async setMemoryAlarm(on: boolean): Promise<void> {
    await this.eval(`vm_memory_monitor:set_vm_memory_high_watermark(${on ? '{absolute, 1}' : '0.4'})`)
  }
}

const answerTimeoutMs = 30_000

function erlCall(port: number, home: string, expression: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    findErlCall().then(program => {
      const args = ['-address', `127.0.0.1:${port}`, '-e']
      const child = execFile(
        program,
        args,
        { env: { HOME: home }, timeout: answerTimeoutMs },
        (error, stdout, stderr) => resolve({ code: error ? 1 : 0, output: stdout + stderr }),
      )
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(`${expression}.\n`)
    }, reject)
  })
}

/** It comes with Erlang, but not always on the PATH. */
async function findErlCall(): Promise<string> {
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']
  const erl = directories.map(directory => join(directory, 'erl'))
  for (const file of erl) {
    const bin = await realpath(file).then(dirname, () => undefined)
    const [found] =
      bin === undefined
        ? []
        : globSync([
            join(bin, 'erl_call'),
            join(bin, '../erts-*/bin/erl_call'),
            join(bin, '../lib/erl_interface-*/bin/erl_call'),
          ])
    if (found !== undefined) return found
  }
  throw new BrokerError('There is no erl_call beside erl: install all of Erlang')
}

/** `{ok, VALUE}` from `erl_call`, the value itself from `rabbitmqctl`. */
function evaluated({ code, output }: { code: number; output: string }): string {
  const text = output.trim()
  if (code !== 0 || text.startsWith('{error')) throw new BrokerError(`RabbitMQ did not evaluate it: ${text}`)
  return /^\{ok, ([\s\S]*)\}$/.exec(text)?.[1] ?? text
}
