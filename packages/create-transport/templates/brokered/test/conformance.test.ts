import { inProcesses, testTransport } from '@sm/transport-conformance'
import { capabilities } from '../src/capabilities.ts'
import { harness } from './harness.ts'

testTransport(harness)
// The loopback stays in its process. TODO with your broker: `reach` in src/capabilities.ts says how far it carries, and each
// peer gets a process of its own, as users have it. What those processes need to know is what `setUp` gives to `open`.
if (capabilities.reach !== 'process') {
  testTransport(inProcesses(harness, new URL('./harness.ts', import.meta.url)), { codecs: ['json'] })
}
