import { spawn } from 'node:child_process'
import { Program } from '../test/program.ts'
import { run } from '../workspace/run.ts'

/** How frames travel between a host and the bridge. */
export interface Weather {
  /** Share of frames that are lost, 0 … 1. */
  readonly loss: number
  readonly delayMs: number
  /** How much longer a frame may take, in milliseconds: later ones then overtake it. */
  readonly jitterMs: number
}

let lans = 0

async function ip(...args: string[]): Promise<void> {
  const { code, output } = await run('ip', args)
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${output.trim()}`)
}

/**
 * Hosts with a network between them: each is a network namespace, and a further one has the bridges. Nothing of it is to be
 * seen in the network of this machine, and `await using` removes all of it.
 */
export class Lan implements AsyncDisposable {
  readonly #prefix: string
  readonly #programs: Program[] = []
  readonly #servers: Array<() => Promise<void>> = []
  readonly #hosts = new Set<string>()

  private constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** A network of hosts. Each has the addresses 10.77.0.n and fd77::n, n as its place in the list, from 1. */
  static async create(...hosts: string[]): Promise<Lan> {
    await removeLeftovers()
    lans += 1
    const lan = new Lan(`sm-${process.pid}-${lans}-`)
    await ip('netns', 'add', lan.#name('switch'))
    await ip('-n', lan.#name('switch'), 'link', 'set', 'lo', 'up')
    await lan.#addBridge(0)
    for (const host of hosts) await lan.addHost(host)
    return lan
  }

  /** Adds a host to a network, without multicast snooping of its own. */
  async addHost(host: string, network = 0): Promise<void> {
    this.#hosts.add(host)
    const name = this.#name(host)
    await ip('netns', 'add', name)
    await ip('-n', name, 'link', 'set', 'lo', 'up')
    // An IPv6 address that is still being checked for duplicates cannot be used.
    await this.sh(host, 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad')
    await this.plug(host, network)
  }

  /** A further network, to which hosts can be plugged too: 10.78.0.n and fd78::n for the second, and so on. */
  async addNetwork(network: number): Promise<void> {
    await this.#addBridge(network)
  }

  /** Gives a host an interface, `eth0` for the first network. */
  async plug(host: string, network: number): Promise<void> {
    const port = portOf(host, network)
    const device = `eth${network}`
    const [name, bridges] = [this.#name(host), this.#name('switch')]
    await ip('link', 'add', port, 'netns', bridges, 'type', 'veth', 'peer', 'name', device, 'netns', name)
    await ip('-n', bridges, 'link', 'set', port, 'master', `br${network}`, 'up')
    await ip('-n', name, 'addr', 'add', `${this.address(host, network)}/24`, 'dev', device)
    await ip('-n', name, 'addr', 'add', `${this.address6(host, network)}/64`, 'dev', device, 'nodad')
    await ip('-n', name, 'link', 'set', device, 'up')
  }

  address(host: string, network = 0): string {
    return `10.${77 + network}.0.${[...this.#hosts].indexOf(host) + 1}`
  }

  address6(host: string, network = 0): string {
    return `fd${77 + network}::${[...this.#hosts].indexOf(host) + 1}`
  }

  /** Takes a host off the bridge: it notices nothing, but nothing arrives. */
  async cut(host: string): Promise<void> {
    await ip('-n', this.#name('switch'), 'link', 'set', portOf(host, 0), 'nomaster')
  }

  async rejoin(host: string): Promise<void> {
    await ip('-n', this.#name('switch'), 'link', 'set', portOf(host, 0), 'master', 'br0')
  }

  /** Pulls the cable of a host to a network: its interface loses its carrier. */
  async unplug(host: string, network = 0): Promise<void> {
    await ip('-n', this.#name('switch'), 'link', 'set', portOf(host, network), 'down')
  }

  async replug(host: string, network = 0): Promise<void> {
    await ip('-n', this.#name('switch'), 'link', 'set', portOf(host, network), 'up')
  }

  /** Has a host reach those alone that are not isolated themselves: what passes between isolated ones, the bridge drops. */
  async isolate(host: string, network: number): Promise<void> {
    await ip('-n', this.#name('switch'), 'link', 'set', portOf(host, network), 'type', 'bridge_slave', 'isolated', 'on')
  }

  /** Gives a host another IPv4 address instead of its own. */
  async readdress(host: string, address: string): Promise<void> {
    await ip('-n', this.#name(host), 'addr', 'del', `${this.address(host)}/24`, 'dev', 'eth0')
    await ip('-n', this.#name(host), 'addr', 'add', `${address}/24`, 'dev', 'eth0')
  }

  /** Takes the addresses of one family from a host. */
  async withdraw(host: string, family: 4 | 6): Promise<void> {
    await ip('-n', this.#name(host), `-${family}`, 'addr', 'flush', 'dev', 'eth0')
  }

  /** The bridge passes no multicast any more, as many wireless networks do. Broadcast, which ARP needs, it does. */
  async blockMulticast(): Promise<void> {
    const { output } = await run('ip', ['-n', this.#name('switch'), '-o', 'link', 'show', 'master', 'br0'])
    const ports = [...output.matchAll(/^\d+: ([^@:]+)/gm)].map(([, port]) => port as string)
    for (const port of ports) {
      await ip('-n', this.#name('switch'), 'link', 'set', port, 'type', 'bridge_slave', 'mcast_flood', 'off')
    }
  }

  /** Has the kernel lose, delay and reorder what a host sends and gets. */
  async netem(host: string, { loss, delayMs, jitterMs }: Weather): Promise<void> {
    const rule = ['netem', 'loss', `${loss * 100}%`, 'delay', `${delayMs}ms`, `${jitterMs}ms`].join(' ')
    await this.sh(host, `tc qdisc add dev eth0 root ${rule}`)
    await this.sh('switch', `tc qdisc add dev ${portOf(host, 0)} root ${rule}`)
  }

  /** Puts a program of the tests between a host and the bridge, which loses, delays and reorders frames. */
  async wire(host: string, weather: Weather): Promise<Program> {
    const bridges = this.#name('switch')
    const [port, near, far] = [portOf(host, 0), `w-${host}`, `b-${host}`]
    await ip('-n', bridges, 'link', 'set', port, 'nomaster')
    await ip('-n', bridges, 'link', 'add', near, 'type', 'veth', 'peer', 'name', far)
    for (const device of [port, near]) {
      await this.sh('switch', `echo 1 > /proc/sys/net/ipv6/conf/${device}/disable_ipv6`)
    }
    // Work that is left to the hardware on a real wire has to be done before the program sees it.
    await this.sh(host, 'ethtool -K eth0 tx off tso off gso off')
    await this.sh('switch', `ethtool -K ${far} tx off tso off gso off`)
    await ip('-n', bridges, 'link', 'set', near, 'up')
    await ip('-n', bridges, 'link', 'set', far, 'master', 'br0', 'up')
    return this.run('switch', new URL('wire.ts', import.meta.url), { ends: [port, near], ...weather })
  }

  /** Runs a program on a host, and resolves when it is ready. */
  async run(host: string, file: URL, config: Readonly<Record<string, unknown>>): Promise<Program> {
    const through = ['ip', 'netns', 'exec', this.#name(host)]
    const program = new Program(file, config, through)
    this.#programs.push(program)
    await program.heard('ready')
    return program
  }

  /** Runs a server on a host, and resolves when it has said that it is ready. */
  async serve(host: string, command: readonly string[], isReady: RegExp): Promise<void> {
    const server = spawn('ip', ['netns', 'exec', this.#name(host), ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise<void>(resolve => server.once('close', () => resolve()))
    this.#servers.push(async () => {
      server.kill('SIGKILL')
      await ended
    })
    let said = ''
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        said += chunk
        if (isReady.test(said)) resolve()
      }
      server.stdout.on('data', hear)
      server.stderr.on('data', hear)
      void ended.then(() => reject(new Error(`${command[0]} ended: ${said.slice(-1_000)}`)))
    })
  }

  /** Runs a shell command on a host. */
  async sh(host: string, command: string): Promise<void> {
    await ip('netns', 'exec', this.#name(host), 'sh', '-c', command)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map(program => program.kill()))
    await Promise.all(this.#servers.map(kill => kill()))
    for (const host of ['switch', ...this.#hosts]) await ip('netns', 'delete', this.#name(host))
  }

  async #addBridge(network: number): Promise<void> {
    const bridges = this.#name('switch')
    await ip('-n', bridges, 'link', 'add', `br${network}`, 'type', 'bridge', 'mcast_snooping', '0')
    await ip('-n', bridges, 'link', 'set', `br${network}`, 'up')
  }

  #name(host: string): string {
    return this.#prefix + host
  }
}

function portOf(host: string, network: number): string {
  return `p${network}-${host}`
}

/** Removes what a run of the tests that was killed has left. */
async function removeLeftovers(): Promise<void> {
  const { output } = await run('ip', ['netns', 'list'])
  for (const [name, pid] of output.matchAll(/^sm-(\d+)-[\w-]+/gm)) {
    try {
      process.kill(Number(pid), 0)
    } catch {
      // Its process is gone.
      await run('ip', ['netns', 'delete', name])
    }
  }
}
