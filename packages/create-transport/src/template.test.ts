import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { kinds } from './answers.ts'
import { toNames } from './names.ts'
import { readTemplate } from './template.ts'
import { RefusedError } from './usage-error.ts'

describe.each(kinds)('the template %s', kind => {
  const files = readTemplate(kind, toNames('carrier-pigeon', '@acme'))

  it('keeps none of its own names', () => {
    const left = [...files].filter(([path, text]) => /template.?(mesh|brokered)/i.test(`${path} ${text}`))
    assert.deepEqual(
      left.map(([path]) => path),
      [],
    )
    assert.ok(files.has('src/carrier-pigeon-driver.ts'))
    assert.match(files.get('README.md') ?? '', /@acme\/transport-carrier-pigeon/)
  })

  it('takes a name that contains its own', () => {
    const name = `template-${kind}-2`
    const again = readTemplate(kind, toNames(name, '@sm'))
    assert.match(again.get(`src/${name}.ts`) ?? '', new RegExp(`name: '${name}'`))
  })

  it('says where the wire goes', () => {
    const todos = [...files.values()].join('\n').match(/TODO/g) ?? []
    assert.ok(todos.length >= 4)
  })

  it('refuses a name that its sources need for something else', () => {
    assert.throws(() => readTemplate(kind, toNames('capabilities', '')), RefusedError)
    assert.doesNotThrow(() => readTemplate(kind, toNames('pigeon', '')))
  })
})

it('a template can hold files that npm would not take along', () => {
  const files = readTemplate('standalone', toNames('pigeon', ''))
  assert.deepEqual([...files.keys()].filter(path => path.startsWith('.')).sort(), [
    '.changeset/config.json',
    '.github/workflows/ci.yml',
    '.gitignore',
  ])
})
