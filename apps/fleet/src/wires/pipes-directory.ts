import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The directory in which the members of a run have their named pipes. */
export function pipesDirectory(folder: string): string {
  return join(folder, 'pipes')
}

/** Removes it with every pipe in it, and puts a file in its place, so that none can be made. */
export function blockPipes(folder: string): void {
  const directory = pipesDirectory(folder)
  for (;;) {
    rmSync(directory, { recursive: true, force: true })
    try {
      writeFileSync(directory, '', { flag: 'wx' })
      return
    } catch (error) {
      // A member was quicker to make it again.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** Makes room for the directory. Members make it again by themselves. */
export function unblockPipes(folder: string): void {
  rmSync(pipesDirectory(folder), { force: true })
}
