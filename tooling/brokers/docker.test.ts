import { expect, it } from 'vitest'
import { inDocker } from './docker.ts'

it('publishes the port on this machine alone, and shares the directory', () => {
  const place = { directory: '/d', host: '0.0.0.0', port: 20_123, controlPort: 20_124 }
  const { command, args } = inDocker('some:1', 'name', place, { command: 'server', args: ['/d/conf'], env: { A: 'b' } })
  const line = [command, ...args].join(' ')
  expect(line).toMatch(/^docker run --rm --name name --publish 127\.0\.0\.1:20123:20123 --volume \/d:\/d /)
  expect(line).toMatch(/--env A=b some:1 server \/d\/conf$/)
})
