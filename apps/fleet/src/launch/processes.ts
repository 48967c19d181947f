import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { SmError, type StopReport } from '@sm/core'
import type { LedgerEntry, Report } from '../ledger/ledger-entry.ts'
import type { Member, Order } from '../member.ts'
import type { Launch } from './launch.ts'
import { type Answer, type Command, type Failure, reportFd } from './talk.ts'

const program = fileURLToPath(new URL('./member-process.ts', import.meta.url))

const nothingStopped: StopReport = { completed: 0, handedBack: 0, abandoned: 0, unsent: 0 }

/** Puts each member into a process of its own, or into that of the member whose process it shares. */
export class Processes {
  readonly #idle: MemberProcess[]
  readonly #homes = new Map<string, MemberProcess>()

  /** Starts `count` processes at once: a process takes longer to start than a member to join. */
  constructor(count: number) {
    this.#idle = Array.from({ length: count }, () => new MemberProcess())
  }

  readonly launch: Launch = async (order, report) => {
    const shared = order.beside === undefined ? undefined : this.#homes.get(order.beside)
    const process = shared ?? this.#idle.shift() ?? new MemberProcess()
    this.#homes.set(order.agent, process)
    return process.join(order, report)
  }

  /** Ends the processes that no member has moved into. */
  close(): void {
    for (const process of this.#idle.splice(0)) void process.kill()
  }
}

/** The near side of a process that members live in. */
class MemberProcess {
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  readonly #waiting: Array<{ readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void }> = []
  #gone: Error | undefined
  #wanted = true
  #isRead = false
  #members = 0

  constructor() {
    this.#child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'ipc'] })
    this.#child.on('message', answer => this.#waiting.shift()?.resolve(answer as Answer))
    this.#child.on('error', error => this.#end(error))
    this.#child.on('exit', (code, signal) => {
      this.#end(new Error(`The process ${this.#child.pid} ended with ${signal ?? `code ${code}`}`))
    })
    // After the last of what it had reported has been read.
    this.#closed = once(this.#child, 'close')
    this.#closed.catch(() => undefined)
  }

  async join(order: Order, report: Report): Promise<Member> {
    this.#read(report)
    this.#members += 1
    let answer: Answer
    try {
      answer = await this.#ask({ kind: 'join', order })
      if (answer.kind !== 'joined') throw new Error(`The process of ${order.agent} answered ${answer.kind}`)
    } catch (error) {
      this.#members -= 1
      if (this.#members === 0) await this.kill()
      throw error
    }
    const { instance } = answer
    const pid = this.#child.pid as number
    const unexpected = (error: unknown) => {
      if (this.#wanted) report({ kind: 'trouble', by: instance, text: `${order.agent}: ${(error as Error).message}` })
    }
    let stopping: Promise<StopReport> | undefined
    return {
      instance,
      pid,
      explain: async type => {
        const explained = await this.#ask({ kind: 'explain', instance, type })
        return explained.kind === 'explained' ? explained.text : ''
      },
      linked: async wire => {
        const counted = await this.#ask({ kind: 'linked', instance, wire })
        return counted.kind === 'counted' ? counted.count : 0
      },
      kill: () => this.kill(),
      killWire: async wire => void (await this.#ask({ kind: 'kill-wire', wire })),
      mendWire: async wire => void (await this.#ask({ kind: 'mend-wire', wire })),
      stop: () => {
        stopping ??= this.#stop(instance).catch(error => {
          unexpected(error)
          return nothingStopped
        })
        return stopping
      },
    }
  }

  /** Resolves when the process is gone, and all that it had reported is known. */
  async kill(): Promise<void> {
    this.#wanted = false
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  /** Reads what is reported, whoever of the members reports it. */
  #read(report: Report): void {
    if (this.#isRead) return
    this.#isRead = true
    const lines = createInterface({ input: this.#child.stdio[reportFd] as Readable })
    lines.on('line', line => {
      const entry = toEntry(line)
      if (entry) report(entry)
    })
  }

  async #stop(instance: string): Promise<StopReport> {
    const answer = await this.#ask({ kind: 'stop', instance })
    this.#members -= 1
    if (this.#members === 0) {
      this.#wanted = false
      await this.#closed
    }
    return answer.kind === 'stopped' ? answer.report : nothingStopped
  }

  #ask(command: Command): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (this.#gone) {
        reject(this.#gone)
        return
      }
      this.#waiting.push({
        resolve: answer => (answer.kind === 'failed' ? reject(toError(answer.error)) : resolve(answer)),
        reject,
      })
      this.#child.send(command)
    })
  }

  #end(error: Error): void {
    this.#gone ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

/** Undefined for a line that a process could not finish before it was killed. */
function toEntry(line: string): LedgerEntry | undefined {
  try {
    return JSON.parse(line) as LedgerEntry
  } catch {
    return undefined
  }
}

function toError({ code = '', message, coded, syscall }: Failure): Error {
  if (coded) return new SmError(code, message)
  return Object.assign(new Error(message), { code, ...(syscall !== undefined && { syscall }) })
}
