import { build } from '../../tooling/build/tsup.ts'

export default build({ index: 'src/index.ts' })
