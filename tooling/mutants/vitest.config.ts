import { mergeConfig } from 'vitest/config'
import base from '../../vitest.config.ts'
import { root } from '../workspace/root.ts'
import { oneLineMutants } from './one-line.ts'
import { plant } from './plant.ts'

const { SM_MUTANT: wanted } = process.env
const mutant = oneLineMutants.find(({ name, file }) => `${file}: ${name}` === wanted)
if (!mutant) throw new Error(`There is no mutant ${wanted}: pnpm mutants sets SM_MUTANT`)

export default mergeConfig(base, {
  root,
  plugins: [plant(mutant)],
  // Modules that were kept from another run have no mutant, or another one.
  test: { bail: 1, fsModuleCache: false },
})
