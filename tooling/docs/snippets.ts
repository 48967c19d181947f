import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../workspace/root.ts'

/** A piece of code in a paper that is run as it stands. */
export interface Snippet {
  /** Where it stands: `README.md:12`. */
  readonly place: string
  readonly code: string
  /** The text that it must print: the ```text block that follows, if one does before the next code. */
  readonly expected: string | undefined
}

interface Fence {
  readonly info: string
  readonly line: number
  readonly body: string
}

function fencesOf(markdown: string): readonly Fence[] {
  const fences: Fence[] = []
  let open: { readonly info: string; readonly line: number; readonly body: string[] } | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    if (!line.startsWith('```')) open?.body.push(line)
    else if (open) {
      fences.push({ ...open, body: open.body.join('\n') })
      open = undefined
    } else open = { info: line.slice(3).trim(), line: index + 1, body: [] }
  }
  return fences
}

/** The blocks of a paper that begin with ```ts run. */
export function snippetsOf(path: string, markdown: string): readonly Snippet[] {
  const fences = fencesOf(markdown)
  return fences.flatMap((fence, i) => {
    if (fence.info !== 'ts run') return []
    const next = fences[i + 1]
    return [
      { place: `${path}:${fence.line}`, code: fence.body, expected: next?.info === 'text' ? next.body : undefined },
    ]
  })
}

/** How a snippet ended. */
export interface SnippetRun {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Sources that were compiled for one snippet need not be compiled for the next. */
const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/snippets') }

/** Runs a snippet in a process of its own, as a module in the root of the repository. */
export async function runSnippet({ code }: Snippet): Promise<SnippetRun> {
  const args = ['--conditions=@sm/source', '--input-type=module-typescript', '--no-warnings', '-']
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(code)
  const ended = once(child, 'close')
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [status] = await ended
  return { code: status as number | null, output: output.trimEnd(), errors: errors.trimEnd() }
}
