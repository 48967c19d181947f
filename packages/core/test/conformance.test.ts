// By path, not by name: the suite depends on core, so core cannot depend on the suite.
import { testTransport } from '../../transport-conformance/src/index.ts'
import { harness } from './harness.ts'

testTransport(harness)
