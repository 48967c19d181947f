import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../workspace/root.ts'
import { withRepository } from './repository.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const scripts = JSON.parse(read('package.json')).scripts as Readonly<Record<string, string>>

/** The commands that a workflow has pnpm do, in order. */
function commandsOf(workflow: string): readonly string[] {
  return [...read(`.github/workflows/${workflow}`).matchAll(/npx -y pnpm@12 (.+)/g)].map(([, command = '']) => command)
}

describe('the workflows', () => {
  it('run what developers run', () => {
    expect(commandsOf('ci.yml')).toEqual(['check', 'test'])
    expect(commandsOf('release.yml')).toEqual(['check', 'test', 'changeset version', 'release'])
    for (const workflow of ['ci.yml', 'release.yml']) {
      for (const command of commandsOf(workflow)) expect(scripts).toHaveProperty(command.split(' ')[0] ?? '')
    }
    expect([...read('.ci/run').matchAll(/^npx -y pnpm@12 (\w+)/gm)].map(([, command]) => command)).toEqual(
      commandsOf('ci.yml'),
    )
  })

  it('may sign what they publish, and change nothing where they only check', () => {
    expect(read('.github/workflows/release.yml')).toMatch(/^ {2}id-token: write$/m)
    expect(read('.github/workflows/ci.yml')).toMatch(/^permissions:\n {2}contents: read\n\w/m)
  })
})

describe('what a release tells npm of the origin of a package', () => {
  const environment = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'someone/messages' }

  it('is the repository of the workflow and the place in it', () => {
    expect(withRepository({}, 'packages/core', environment)).toEqual({
      repository: { type: 'git', url: 'git+https://github.com/someone/messages.git', directory: 'packages/core' },
    })
  })

  it('is what the package states, if it does, and nothing outside of a workflow', () => {
    const stated = { repository: 'elsewhere' }
    expect(withRepository(stated, 'packages/core', environment)).toBe(stated)
    const silent = {}
    expect(withRepository(silent, 'packages/core', {})).toBe(silent)
  })
})
