import { Packr, Unpackr } from 'msgpackr'
import type { Contender } from '../scenario.ts'

/** The two sides of a form in which JSON values travel. */
interface Form {
  pack(value: unknown): Uint8Array
  unpack(bytes: Uint8Array): unknown
}

interface Packing {
  readonly records: ReadonlyArray<readonly string[]>
  pack(value: unknown): Buffer
}

/** The part of the sources of `@sm/mesh` that is used. */
interface Sources {
  readonly Packing: new () => Packing
  readonly Unpacking: new (bytes: Buffer, records: readonly unknown[]) => { whole(): unknown }
  toRecordShape(keys: readonly string[]): unknown
}

/** The form of bodies on our links. The package does not offer it by itself, so it is taken from where its sources are. */
export async function ourForm(): Promise<Form> {
  const index = import.meta.resolve('@sm/mesh')
  const load = async (path: string) => (await import(new URL(path, index).href)) as Sources
  const { Packing } = await load('./wire/bodies/packing.ts')
  const { Unpacking, toRecordShape } = await load('./wire/bodies/unpacking.ts')
  const packing = new Packing()
  const records: unknown[] = []
  return {
    pack(value) {
      const bytes = packing.pack(value)
      while (records.length < packing.records.length) records.push(toRecordShape(packing.records[records.length] ?? []))
      return bytes
    },
    unpack: bytes => new Unpacking(bytes as Buffer, records).whole(),
  }
}

/** The library that invented records, with one list of them for both sides, and no types but those of JSON. */
export async function msgpackrForm(): Promise<Form> {
  const structures: never[] = []
  const options = { structures, moreTypes: false, int64AsType: 'number', mapsAsObjects: true } as const
  const packr = new Packr(options)
  const unpackr = new Unpackr(options)
  return { pack: value => packr.pack(value), unpack: bytes => unpackr.unpack(bytes) }
}

/** JSON text as UTF-8. */
export async function jsonForm(): Promise<Form> {
  return {
    pack: value => Buffer.from(JSON.stringify(value)),
    unpack: bytes => JSON.parse((bytes as Buffer).toString()),
  }
}

/** Packs and unpacks a value, again and again. */
export async function packedBody(open: () => Promise<Form>, value: unknown): Promise<Contender> {
  const { pack, unpack } = await open()
  const text = JSON.stringify(value)
  return {
    async run(ops) {
      let last: unknown
      for (let i = 0; i < ops; i++) last = unpack(pack(value))
      if (ops > 0 && JSON.stringify(last) !== text) throw new Error('The value came back as another')
      return undefined
    },
    close: async () => {},
  }
}
