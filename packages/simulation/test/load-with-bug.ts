/** Preloaded by a child process: plants the slip that SM_SOURCE_BUG names in what is loaded after it, and leaves the file alone. */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { pathOf, sourceBugs, withBug } from './source-bugs.ts'

const planted = sourceBugs.find(({ name }) => name === process.env.SM_SOURCE_BUG)
if (!planted) throw new Error(`There is no slip "${process.env.SM_SOURCE_BUG}"`)
const target = pathToFileURL(pathOf(planted)).href

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    return url === target ? { ...loaded, source: withBug(planted, String(loaded.source)) } : loaded
  },
})
