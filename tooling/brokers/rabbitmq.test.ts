import { describe, expect, it, vi } from 'vitest'
import { answerOf } from './answer.ts'
import { describeWithBroker } from './describe-with-broker.ts'
import { startBroker } from './start.ts'
import { isAlive } from './test/alive.ts'
import { processesIn } from './test/processes-in.ts'
import { startOk } from './test/start-ok.ts'

const header = 'AMQP\0\0\t\x01'

describeWithBroker('amqp', { user: 'me', password: 'right' }, amqp => {
  /** Methods that the server sent, as `class.method`. */
  const methods = async (sent: string, last: string) => {
    const answer = await answerOf(amqp().port, sent, bytes => methodsIn(bytes).includes(last), 20_000)
    return methodsIn(answer ?? Buffer.alloc(0))
  }
  const login = (password: string) => header + startOk('me', password)
  const addHost = () => amqp().eval('rabbit_vhost:add(<<"kept">>, <<"test">>)')
  const hasHost = () => amqp().eval('rabbit_vhost:exists(<<"kept">>)')

  it('lets in those who know the password', async () => {
    expect(amqp().url).toBe(`amqp://me:right@127.0.0.1:${amqp().port}`)
    // Start, then Tune; Start, then Close.
    expect(await methods(login('right'), '10.30')).toEqual(['10.10', '10.30'])
    expect(await methods(login('wrong'), '10.50')).toEqual(['10.10', '10.50'])
  })

  it('does what it is told, and says what it cannot do', async () => {
    expect(await amqp().eval('1 + 2')).toBe('3')
    await expect(amqp().eval('no:such()')).rejects.toThrow('undef')
    await amqp().setMemoryAlarm(true)
    expect(await amqp().eval('rabbit_alarm:get_alarms()')).toContain('memory')
    await amqp().setMemoryAlarm(false)
    expect(await amqp().eval('rabbit_alarm:get_alarms()')).toBe('[]')
    await amqp().closeConnections()
  })

  it('keeps what it has over a SIGKILL, which leaves no process behind', async () => {
    await addHost()
    // A script that would start epmd every minute does not run; and whoever tries does not get it started.
    expect(await amqp().eval('whereis(rabbit_epmd_monitor)')).toBe('undefined')
    await amqp().eval('rabbit_nodes_common:ensure_epmd()')
    const { pid, directory } = amqp()
    if (process.platform === 'linux') expect(processesIn(directory)).toContain(pid)
    await amqp().kill()
    expect(isAlive(pid)).toBe(false)
    // Erlang's own helpers see it go, and go.
    await vi.waitFor(() => expect(processesIn(directory)).toEqual([]), 20_000)
    await amqp().restart()
    expect(await hasHost()).toBe('true')
  })

  it('begins anew without it, beside another one', async () => {
    await addHost()
    const [other] = await Promise.all([startBroker('amqp'), amqp().restart({ fresh: true })])
    expect(await hasHost()).toBe('false')
    expect(await other.eval('rabbit_networking:connections()')).toBe('[]')
    await other.stop()
    expect(await amqp().eval('1')).toBe('1')
  })
})

/** The methods of the frames that came whole. */
function methodsIn(bytes: Buffer): readonly string[] {
  const found: string[] = []
  for (let at = 0; at + 11 <= bytes.length; at += 8 + bytes.readUInt32BE(at + 3)) {
    found.push(`${bytes.readUInt16BE(at + 7)}.${bytes.readUInt16BE(at + 9)}`)
  }
  return found
}

describe('methods', () => {
  it('are read from frames', () => {
    expect(methodsIn(Buffer.from(startOk('a', 'b'), 'latin1'))).toEqual(['10.11'])
  })
})
