import ts from 'typescript'
import { root } from '../workspace/root.ts'

/** A property of an interface, as its TSDoc and its declaration tell it. */
export interface PropertyDoc {
  readonly name: string
  readonly optional: boolean
  /** Its type as it stands in the source. */
  readonly type: string
  /** Its TSDoc in one paragraph; empty when it has none. */
  readonly text: string
}

/** An interface with its properties, inherited ones too. */
export interface InterfaceDoc {
  readonly name: string
  readonly text: string
  readonly properties: readonly PropertyDoc[]
}

/** Reads the documentation of interfaces out of TypeScript sources. */
export class TsdocReader {
  readonly #program: ts.Program
  readonly #checker: ts.TypeChecker

  constructor(files: readonly string[]) {
    const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile)
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [...files] }, ts.sys, root)
    this.#program = ts.createProgram([...files], options)
    this.#checker = this.#program.getTypeChecker()
  }

  /** The interface of that name in one of the files, whatever else is called so. Throws when there is none. */
  interface(file: string, name: string): InterfaceDoc {
    const source = this.#program.getSourceFile(file)
    const node = source?.statements.find(each => ts.isInterfaceDeclaration(each) && each.name.text === name)
    if (!node || !ts.isInterfaceDeclaration(node)) throw new Error(`${file} declares no interface ${name}`)
    const type = this.#checker.getTypeAtLocation(node)
    const properties = this.#checker.getPropertiesOfType(type).map(symbol => this.#property(symbol))
    return { name, text: this.#text(type.symbol), properties }
  }

  #property(symbol: ts.Symbol): PropertyDoc {
    // A type that Pick and its like make has no value declaration, but keeps where it came from.
    const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0]
    const written =
      declaration && (ts.isPropertySignature(declaration) || ts.isMethodSignature(declaration))
        ? ts.isPropertySignature(declaration)
          ? declaration.type?.getText()
          : declaration.getText().slice(declaration.name.getText().length)
        : undefined
    const optional = (symbol.flags & ts.SymbolFlags.Optional) !== 0
    return { name: symbol.name, optional, type: written ?? 'unknown', text: this.#text(symbol) }
  }

  #text(symbol: ts.Symbol): string {
    return ts
      .displayPartsToString(symbol.getDocumentationComment(this.#checker))
      .replaceAll(/\{@link (\w+)[^}]*\}/g, '`$1`')
      .replaceAll(/\s+/g, ' ')
      .trim()
  }
}
