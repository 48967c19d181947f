import { execFileSync } from 'node:child_process'

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' })

/** Why networks cannot be made here; undefined when they can. */
export function networksAbsence(): string | undefined {
  const name = `smws-probe-${process.pid}`
  try {
    ip('netns', 'add', name)
    ip('netns', 'delete', name)
    return undefined
  } catch {
    return 'it takes the ip command and the rights to make network namespaces'
  }
}

/** A host in the middle and two others, each on a network of its own: both reach the middle, and neither the other. */
export class TwoNetworks implements Disposable {
  readonly #prefix = `smws${process.pid}`
  /** The address of the middle, as each side sees it. */
  readonly middle = { left: '10.201.1.1', right: '10.201.2.1' } as const
  /** The addresses of the sides. */
  readonly side = { left: '10.201.1.2', right: '10.201.2.2' } as const

  constructor() {
    try {
      ip('netns', 'add', this.#name('middle'))
      for (const side of ['left', 'right'] as const) this.#connect(side)
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  /** The command by which a process runs on a host. */
  on(host: 'middle' | 'left' | 'right'): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name(host)]
  }

  [Symbol.dispose](): void {
    for (const host of ['left', 'right', 'middle']) {
      try {
        ip('netns', 'delete', this.#name(host))
      } catch {
        // It was never made.
      }
    }
  }

  #connect(side: 'left' | 'right'): void {
    const [host, middle] = [this.#name(side), this.#name('middle')]
    const [near, far] = [`${side}0`, `to-${side}`]
    ip('netns', 'add', host)
    ip('link', 'add', near, 'netns', host, 'type', 'veth', 'peer', 'name', far, 'netns', middle)
    ip('-n', host, 'address', 'add', `${this.side[side]}/24`, 'dev', near)
    ip('-n', middle, 'address', 'add', `${this.middle[side]}/24`, 'dev', far)
    ip('-n', host, 'link', 'set', near, 'up')
    ip('-n', middle, 'link', 'set', far, 'up')
    // The way to everywhere is through the middle, which does not forward.
    ip('-n', host, 'route', 'add', 'default', 'via', this.middle[side])
  }

  #name(host: string): string {
    return `${this.#prefix}-${host}`
  }
}
