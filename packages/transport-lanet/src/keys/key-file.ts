import { randomBytes } from 'node:crypto'
import { closeSync, constants, fstatSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exposure, keyFileError } from './key-directory.ts'
import { formatKey, parseKey } from './key-text.ts'

/** Largest file that is read as a key. */
const maxBytes = 1_024

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

/**
 * The key in a file of the key directory. On first use the file is made, of mode 0600 from the moment it exists; of several
 * processes that do so at once, one makes the key of all. Throws `SM_LANET_KEY_FILE` for a file that is not ours alone.
 */
export function readOrMakeKey(directory: string, name: string, make: () => Uint8Array): Buffer {
  const path = join(directory, name)
  const found = readKey(path)
  if (found) return found
  makeKeyFile(path, make())
  const made = readKey(path)
  if (!made) throw keyFileError(`The key file ${path} was removed while it was made`, path)
  return made
}

/** Undefined when there is no such file. */
function readKey(path: string): Buffer | undefined {
  let fd: number
  try {
    // Neither another place that a link leads to, nor a pipe that would have to be waited for.
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    const what = code === 'ELOOP' ? 'is a link' : 'cannot be read'
    throw keyFileError(`The key file ${path} ${what}`, path, cause)
  }
  try {
    const stats = fstatSync(fd)
    const fault = stats.isFile() ? exposure(stats) : 'is not a file'
    if (fault) throw keyFileError(`The key file ${path} ${fault}`, path)
    if (stats.size > maxBytes) throw keyFileError(`The key file ${path} is too large for a key`, path)
    return parseKey(readFileSync(fd, 'latin1').trim(), `The key file ${path}`)
  } finally {
    closeSync(fd)
  }
}

/** The file appears under its name only once it is whole; one that is there already stays. */
function makeKeyFile(path: string, key: Uint8Array): void {
  const hidden = `${path}.${randomBytes(8).toString('hex')}.new`
  try {
    writeFileSync(hidden, `${formatKey(key)}\n`, { mode: 0o600, flag: 'wx', flush: true })
    linkSync(hidden, path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return
    throw keyFileError(`The key file ${path} cannot be made`, path, cause)
  } finally {
    rmSync(hidden, { force: true })
  }
}
