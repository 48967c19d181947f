import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Files } from './template.ts'
import { RefusedError } from './usage-error.ts'

/** Writes a package in one go: it stands beside its place until it is whole, so that a failure leaves nothing. */
export function writePackage(directory: string, files: Files): void {
  let draft: string | undefined
  try {
    mkdirSync(dirname(directory), { recursive: true })
    draft = join(dirname(directory), `.${basename(directory)}-${process.pid}`)
    mkdirSync(draft)
    for (const [path, text] of files) {
      mkdirSync(dirname(join(draft, path)), { recursive: true })
      writeFileSync(join(draft, path), text)
    }
    // An empty folder is in the way of a rename on some systems.
    if (existsSync(directory)) rmdirSync(directory)
    renameSync(draft, directory)
  } catch (cause) {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true })
    throw new RefusedError(`${directory} cannot be written: ${(cause as Error).message}`, { cause })
  }
}
