import { WorkerProcess } from './worker-process.ts'

/** Workers that are kept from one transport to the next: each transport has a process to itself as long as it lives. */
export class WorkerPool {
  readonly #program: URL
  readonly #idle: WorkerProcess[] = []
  readonly #busy = new Set<WorkerProcess>()
  #cut = false

  constructor(program: URL) {
    this.#program = program
  }

  async take(): Promise<WorkerProcess> {
    let worker = this.#idle.pop()
    while (worker?.gone) worker = this.#idle.pop()
    worker ??= new WorkerProcess(this.#program)
    this.#busy.add(worker)
    await worker.call(0, 'weather', { cut: this.#cut })
    return worker
  }

  give(worker: WorkerProcess): void {
    if (this.#busy.delete(worker) && !worker.gone) this.#idle.push(worker)
  }

  /** Ends the links of every worker, and lets none begin, until told otherwise. */
  async weather(cut: boolean): Promise<void> {
    this.#cut = cut
    await Promise.all([...this.#busy].map(worker => worker.call(0, 'weather', { cut }).catch(() => undefined)))
  }

  /** Stops or continues every process but the one that has been at work the longest: to that one, the others seem dead. */
  signalOthers(name: 'SIGSTOP' | 'SIGCONT'): void {
    for (const worker of [...this.#busy].slice(1)) worker.signal(name)
  }

  async close(): Promise<void> {
    const all = [...this.#idle, ...this.#busy]
    for (const worker of all) worker.signal('SIGKILL')
    await Promise.all(all.map(({ exited }) => exited))
  }
}
