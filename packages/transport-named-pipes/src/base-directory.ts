import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { pipesError } from './errors.ts'

/** Where pipes are kept unless `base` says: `SM_PIPES_BASE`, the user's runtime directory, or one in the temp directory. */
function defaultBase(): string {
  const { SM_PIPES_BASE, XDG_RUNTIME_DIR } = process.env
  if (SM_PIPES_BASE) return SM_PIPES_BASE
  if (XDG_RUNTIME_DIR) return join(XDG_RUNTIME_DIR, 'sm')
  // By the process, and not by the list of users, where a container's may have no entry.
  return join(tmpdir(), `sm-${process.getuid?.()}`)
}

/** Makes a directory of mode 0700 if it is not there, and refuses one that is not ours alone. Links are not followed. */
function claim(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw pipesError('SM_PIPES_BASE', `The directory ${path} cannot be made`, { cause, details: { path } })
    }
  }
  const fault = faultOf(path)
  if (fault) throw pipesError('SM_PIPES_BASE', `The directory ${path} ${fault}`, { details: { path } })
}

function faultOf(path: string): string | undefined {
  const stats = lstatSync(path)
  if (stats.isSymbolicLink()) return 'is a link'
  if (!stats.isDirectory()) return 'is not a directory'
  if (stats.uid !== process.getuid?.()) return `belongs to user ${stats.uid}`
  if ((stats.mode & 0o077) !== 0) return `has the mode ${(stats.mode & 0o777).toString(8)}: others can enter it`
  return undefined
}

/** The suffix of a namespace's directory for that of its links; no namespace has a dot. */
const linksSuffix = '.links'

/** Where the pipes of links are. */
export function linksDirectory(directory: string): string {
  return directory + linksSuffix
}

/**
 * The directory of the pipes of links, made if need be. It is apart from that of the inboxes, which everybody watches: what
 * comes and goes with each link would wake everybody.
 */
export function openLinksDirectory(directory: string): string {
  const links = linksDirectory(directory)
  claim(links)
  return links
}

/**
 * The directory of a namespace, made if need be: `{base}/{namespace}`, both of mode 0700 and owned by this user.
 * Throws `SM_PIPES_BASE`.
 */
export function openDirectory(base: string | undefined, namespace: string): string {
  const root = base ?? defaultBase()
  if (!isAbsolute(root)) throw pipesError('SM_PIPES_BASE', `The directory ${root} is not given from the root`)
  claim(root)
  const directory = join(root, namespace)
  claim(directory)
  return directory
}
