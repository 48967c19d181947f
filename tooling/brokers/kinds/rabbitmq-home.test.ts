import { expect, it } from 'vitest'
import { applicationsIn } from './rabbitmq-home.ts'

it('finds the applications that an application needs', () => {
  const text = `{application, 'one', [
    {modules, ['a','b']},
    {applications, [kernel,stdlib,
                    'two']},
    {included_applications,[three]},
    {env, []}
  ]}.`
  expect(applicationsIn(text)).toEqual(['kernel', 'stdlib', 'two', 'three'])
})
