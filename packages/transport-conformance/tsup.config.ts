import { build } from '../../tooling/build/tsup.ts'

export default build({ index: 'src/index.ts', suite: 'src/suite.ts', peer: 'src/processes/peer.ts' })
