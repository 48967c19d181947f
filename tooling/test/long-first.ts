import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Short files that take long, and mostly wait: the runner takes them for quick ones, and would begin with them last. */
const long = /(?:processes|conformance)\.test\.ts$/

/** Begins with the files that wait longest, so that others work meanwhile. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => long.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))]
  }
}
