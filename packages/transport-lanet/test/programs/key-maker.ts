/** Opens the keys of a directory when it is told to, and tells which they are without telling them. */
import { openCredentials } from '../../src/keys/credentials.ts'

const { keyDirectory } = JSON.parse(process.argv[2] as string) as { keyDirectory: string }

process.on('message', async () => {
  const { fingerprint: identity, network } = await openCredentials({ keyDirectory })
  process.send?.({ kind: 'open', identity, network })
})
process.on('disconnect', () => process.exit())
process.send?.({ kind: 'ready' })
