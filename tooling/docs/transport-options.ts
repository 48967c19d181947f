import type { SourceFile } from '../check/architecture/source-file.ts'

/** The options of a transport: its name, their interface, and the file that declares it. */
export interface TransportOptionsPlace {
  readonly transport: string
  readonly name: string
  readonly path: string
}

/** In the module itself, or in what is added to it. */
const augmentation =
  /^(?:export|declare module '@sm\/core\/options' \{\s*) ?interface TransportOptionsMap \{([^}]*)\}/gm

/** Where the options of transports are declared, by what gives them to core. */
export function transportOptionsIn(files: readonly SourceFile[]): readonly TransportOptionsPlace[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(augmentation)]
      .flatMap(([, body = '']) => [...body.matchAll(/^\s*['"]?([a-z][a-z0-9-]*)['"]?: (\w+)/gm)])
      .map(([, transport = '', name = '']) => {
        const own = path.split('/src/')[0]
        const declares = new RegExp(`\\binterface ${name}\\b`)
        const place = files.find(file => file.path.startsWith(`${own}/src/`) && declares.test(file.text))
        if (!place)
          throw new Error(`${path} gives the transport ${transport} the options ${name}, which ${own} does not declare`)
        return { transport, name, path: place.path }
      }),
  )
}
