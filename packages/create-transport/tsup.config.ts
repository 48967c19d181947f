import { build } from '../../tooling/build/tsup.ts'

export default build({ main: 'src/main.ts' })
