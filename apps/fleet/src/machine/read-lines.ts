import { readFile } from 'node:fs/promises'

/** The lines of a file of /proc; undefined on systems that have none. */
export async function readLines(file: string): Promise<readonly string[] | undefined> {
  try {
    return (await readFile(file, 'utf8')).split('\n')
  } catch {
    return undefined
  }
}
