import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { pipesError } from './errors.ts'

/** Takes paths, one a line; at an empty line it makes a FIFO at each, says what went wrong, and how it ended in a line of its own. */
const script = `while IFS= read -r path; do
  if [ -n "$path" ]; then set -- "$@" "$path"; continue; fi
  mkfifo -m 600 -- "$@" 2>&1 </dev/null
  echo "= $?"
  set --
done`
const ending = /^= (\d+)\n$/m

/** How long a shell is kept for the next who needs pipes, in milliseconds. */
const idleMs = 1_000

/** A shell that makes FIFOs. */
interface Shell {
  readonly process: ChildProcess
  readonly stdin: Socket
  readonly stdout: Socket
}

/**
 * Makes FIFOs by a shell that is kept while there is demand: a process is begun out of this one, with all its memory, at many times the
 * cost of one out of a shell. It ends with this process, however that ends, and keeps it alive only while it is at work.
 */
export class FifoMaker {
  #shell: Shell | undefined
  #last: Promise<unknown> = Promise.resolve()
  #idle: NodeJS.Timeout | undefined

  /** Makes FIFOs that are readable and writable by this user alone from the moment they exist. Throws `SM_PIPES_CREATE`. */
  make(...paths: readonly string[]): Promise<void> {
    const made = this.#last.then(() => this.#make(paths))
    this.#last = made.catch(() => undefined)
    return made
  }

  async #make(paths: readonly string[]): Promise<void> {
    clearTimeout(this.#idle)
    this.#shell ??= this.#open()
    const shell = this.#shell
    hold(shell, true)
    const failure = await ask(shell, paths)
    hold(shell, false)
    this.#idle = setTimeout(() => this.#close(shell), idleMs).unref()
    if (failure !== undefined)
      throw pipesError('SM_PIPES_CREATE', `mkfifo failed for ${paths.join(' and ')}: ${failure}`)
  }

  #open(): Shell {
    const child: ChildProcess = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] })
    child.on('error', () => {})
    const [stdin, stdout] = [child.stdin as Socket | null, child.stdout as Socket | null]
    // Where this process has no descriptors left, not even they are there.
    if (!stdin || !stdout) throw pipesError('SM_PIPES_CREATE', 'No shell could be begun: no file descriptors are left')
    const shell = { process: child, stdin, stdout }
    stdin.on('error', () => {})
    child.once('close', () => this.#close(shell))
    return shell
  }

  #close(shell: Shell): void {
    if (this.#shell === shell) this.#shell = undefined
    shell.stdin.destroy()
  }
}

/** Resolves with what went wrong, if anything. */
function ask({ process: child, stdin, stdout }: Shell, paths: readonly string[]): Promise<string | undefined> {
  if (paths.some(path => path.includes('\n'))) return Promise.resolve('a path has more than one line')
  return new Promise(resolve => {
    let told = ''
    const end = (failure: string | undefined) => {
      stdout.off('data', onData)
      child.off('close', onClose).off('error', onError)
      resolve(failure)
    }
    const onData = (chunk: Buffer) => {
      told += chunk
      const [line, status] = ending.exec(told) ?? []
      if (line !== undefined) end(status === '0' ? undefined : told.slice(0, -line.length).trim())
    }
    const onClose = () => end(`the shell ended (${child.signalCode ?? child.exitCode})`)
    const onError = (error: Error) => end(error.message)
    if (child.exitCode !== null || child.signalCode !== null) {
      onClose()
      return
    }
    stdout.on('data', onData)
    child.on('close', onClose).on('error', onError)
    stdin.write(`${paths.join('\n')}\n\n`)
  })
}

/** Whether this process has to wait for the shell. */
function hold({ process: child, stdin, stdout }: Shell, isNeeded: boolean): void {
  for (const each of [child, stdin, stdout]) isNeeded ? each.ref() : each.unref()
}
