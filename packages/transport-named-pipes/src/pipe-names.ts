import { join } from 'node:path'
import { pipesError } from './errors.ts'

/** Longest path of a pipe, in bytes: what the strictest of our systems allows for a name in the file system. */
const maxPathBytes = 1_023

const INBOX = /^([a-z0-9][a-z0-9_-]{0,62})\.([0-7][0-9A-HJKMNP-TV-Z]{25})\.in\.pipe$/

function checked(path: string): string {
  const bytes = Buffer.byteLength(path)
  if (bytes > maxPathBytes) {
    throw pipesError('SM_PIPES_PATH', `A pipe would have a path of ${bytes} bytes, where ${maxPathBytes} are allowed`)
  }
  return path
}

/** The pipe into which others write their greetings to an instance. */
export function inboxPath(directory: string, agent: string, instance: string): string {
  return checked(join(directory, `${agent}.${instance}.in.pipe`))
}

/** Whose inbox a file name is; undefined for any other file. */
export function parseInboxName(name: string): { readonly agent: string; readonly instance: string } | undefined {
  const match = INBOX.exec(name)
  return match ? { agent: match[1] as string, instance: match[2] as string } : undefined
}

/** The two pipes of a link in the directory of links, named for the side that writes: who called, and who was called. */
export function linkPaths(directory: string, link: string): { readonly caller: string; readonly called: string } {
  return {
    caller: checked(join(directory, `${link}.caller.pipe`)),
    called: checked(join(directory, `${link}.called.pipe`)),
  }
}
