import { randomUUID } from 'node:crypto'
import { eventually } from '../../../../tooling/test/eventually.ts'
import { Program } from '../../../../tooling/test/program.ts'
import type { SeenPeer } from '../../src/discovery/discovery.ts'
import type { DiscoveryOptions } from '../../src/discovery/options.ts'

/** The facts that a finder knows. */
export interface View {
  readonly seen: readonly SeenPeer[]
  /** Whom it has been told of, and how many milliseconds after its start. */
  readonly found: ReadonlyArray<readonly [instance: string, afterMs: number]>
  readonly lost: readonly string[]
  readonly faults: readonly string[]
  readonly probes: number
}

const patienceMs = 30_000

/** A process that finds others and is found. */
export class Finder {
  readonly program: Program
  instance = ''
  port = 0

  constructor(config: Readonly<Record<string, unknown>>) {
    this.program = new Program(new URL('finder.ts', import.meta.url), config)
  }

  async ready(): Promise<this> {
    const { instance, port } = await this.program.heard('ready')
    this.instance = instance as string
    this.port = port as number
    return this
  }

  async ask(kind: 'look' | 'close' | 'forget', rest: { readonly instance?: string } = {}): Promise<View> {
    return (await this.program.ask(kind, rest)) as unknown as View
  }

  /** Resolves when what is seen is as `fits` says. */
  async sees(what: string, fits: (view: View) => boolean): Promise<View> {
    let view: View | undefined
    const look = async () => {
      view = await this.ask('look')
      return fits(view) && view
    }
    return eventually(() => `${what}, but ${JSON.stringify(view)}`, look, patienceMs)
  }

  /** Resolves when it sees another finder. */
  async finds(other: Finder): Promise<SeenPeer> {
    const there = ({ instance }: SeenPeer) => instance === other.instance
    const { seen } = await this.sees('it sees another', ({ seen }) => seen.some(there))
    return seen.find(there) as SeenPeer
  }

  async loses(other: Finder): Promise<void> {
    await this.sees('another is gone', ({ lost, seen }) => {
      return lost.includes(other.instance) && seen.every(({ instance }) => instance !== other.instance)
    })
  }
}

/** Finders in a namespace of their own: `await using` ends them. */
export class Finders implements AsyncDisposable {
  readonly namespace = `test-${randomUUID().slice(0, 8)}`
  readonly #all: Finder[] = []

  run(agent: string, options: DiscoveryOptions & { readonly host?: string } = {}, rest: object = {}): Promise<Finder> {
    const finder = new Finder({ namespace: this.namespace, agent, options, ...rest })
    this.#all.push(finder)
    return finder.ready()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map(({ program }) => program.kill()))
  }
}
