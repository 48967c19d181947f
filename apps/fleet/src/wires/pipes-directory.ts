import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The directory in which the members of a run have their named pipes. */
export function pipesDirectory(folder: string): string {
  return join(folder, 'pipes')
}

/** Takes it away with every pipe in it, and puts a file in its place, so that none can be made. */
export function blockPipes(folder: string): void {
  const directory = pipesDirectory(folder)
  // Moved as a whole: what is removed piece by piece, members make again meanwhile.
  const gone = `${directory}.gone`
  while (!isReplaced(directory, gone)) rmSync(gone, { recursive: true, force: true })
  rmSync(gone, { recursive: true, force: true })
}

function isReplaced(directory: string, gone: string): boolean {
  try {
    // Where pipes are no files, there is none.
    if (existsSync(directory)) renameSync(directory, gone)
    writeFileSync(directory, '', { flag: 'wx' })
    return true
  } catch (error) {
    // A member was quicker to make it again.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Makes room for the directory. Members make it again by themselves. */
export function unblockPipes(folder: string): void {
  rmSync(pipesDirectory(folder), { force: true })
}
