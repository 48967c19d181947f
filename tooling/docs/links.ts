import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../workspace/root.ts'

/** Markdown with its code taken out: what looks like a link there is none. */
function prose(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '')
}

/** The anchor of a heading in a link, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** Kept, because the pages of a reference link to each other many times. */
const known = new Map<string, ReadonlySet<string>>()

/** The headings of a paper, of which GitHub numbers those that come again, and its own anchors. */
function anchorsOf(path: string): ReadonlySet<string> {
  const before = known.get(path)
  if (before) return before
  const text = readFileSync(path, 'utf8')
  const anchors = new Set([...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id))
  const times = new Map<string, number>()
  for (const [, heading = ''] of text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)) {
    const anchor = anchorOf(heading)
    const count = times.get(anchor) ?? 0
    times.set(anchor, count + 1)
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`)
  }
  known.set(path, anchors)
  return anchors
}

/** Relative links of a paper that lead nowhere. */
export function brokenLinks({ path, text }: { readonly path: string; readonly text: string }): readonly string[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? join(root, path) : join(root, dirname(path), file)
    const leads = existsSync(target) && (anchor === undefined || anchorsOf(target).has(anchor))
    return leads ? [] : [`${path}: ${link}`]
  })
}
