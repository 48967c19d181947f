import { lstatSync, mkdirSync, type Stats } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { lanetError } from '../errors.ts'

/** Where keys are kept unless `keyDirectory` says: `$XDG_CONFIG_HOME/sm`, else `~/.config/sm`. */
function defaultDirectory(): string {
  const { XDG_CONFIG_HOME } = process.env
  if (XDG_CONFIG_HOME) return join(XDG_CONFIG_HOME, 'sm')
  try {
    return join(homedir(), '.config', 'sm')
  } catch (cause) {
    const what =
      'This user has no home directory and no XDG_CONFIG_HOME: say where keys are kept with the option keyDirectory'
    throw keyFileError(what, '', cause)
  }
}

export function keyFileError(what: string, path: string, cause?: unknown) {
  return lanetError('SM_LANET_KEY_FILE', what, { details: { path }, cause })
}

/** Returns the reason why others could read or change a file or directory; undefined when they cannot. */
export function exposure({ uid, mode }: Stats): string | undefined {
  // Windows has neither users by number nor modes: there the rights of the user's profile protect it.
  const own = process.getuid?.()
  if (own === undefined) return undefined
  if (uid !== own) return `belongs to user ${uid}`
  if ((mode & 0o077) !== 0) return `has the mode ${(mode & 0o777).toString(8)}: others can use it`
  return undefined
}

/** The directory of the keys, made with mode 0700 if need be. Throws `SM_LANET_KEY_FILE` for one that is not ours alone. */
export function openKeyDirectory(given: string | undefined): string {
  const path = given ?? defaultDirectory()
  if (!isAbsolute(path)) throw keyFileError(`The directory ${path} is not given from the root`, path)
  let stats: Stats
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    stats = lstatSync(path)
  } catch (cause) {
    throw keyFileError(`The directory ${path} cannot be made`, path, cause)
  }
  const fault = stats.isDirectory() ? exposure(stats) : 'is not a directory'
  if (fault) throw keyFileError(`The directory ${path} ${fault}`, path)
  return path
}
