import { isBuiltin } from "node:module";
import ts from "typescript";

/**
 * Turns the files of an ES module bundle into parts: scripts whose value is a function that runs the file and returns what it exports.
 * `packages/cli/bin/apkmill.mjs` runs parts. Node keeps the compiled code of a module as it is before its functions were called, and so
 * compiles all of them at every start; a script's is taken after they were.
 *
 * The function's parameters stand for what a module has by itself:
 *
 * - `__load(name)` the exports of another part · `__loadLater(name)` a promise of them, as `import()` gives
 * - `__url` `import.meta.url` · `require` gives Node's modules
 * @param modules name of a file → its code
 * @returns name of a part → its script
 * @throws Error for what a function cannot hold: an `await` outside of functions, an import of what its module sets later
 */
export function asParts(modules: ReadonlyMap<string, string>): Map<string, string> {
  const sources = [...modules].map(([name, code]) => parse(name, code));
  const bindings = new Map(sources.map((source) => [source.fileName, readBindings(source)]));
  return new Map(sources.map((source) => [partName(source.fileName), asPart(source, bindings)]));
}

function parse(name: string, code: string): ts.SourceFile {
  return ts.createSourceFile(name, code, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
}

function partName(file: string): string {
  return file.replace(/\.mjs$/, ".part.js");
}

function asPart(source: ts.SourceFile, bindings: BindingsOf): string {
  const edits: Edit[] = innerEdits(source);
  const exported: string[] = [];
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) edits.push(edit(statement, importOf(statement, bindings)));
    else if (ts.isExportDeclaration(statement)) {
      exported.push(...exportsOf(statement, source.fileName));
      edits.push(edit(statement, ""));
    }
  }
  const code = applyEdits(source.text, edits);
  return `((__load,__loadLater,__url,require)=>{"use strict";${code}\nreturn{${exported.join(",")}}})`;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function edit(node: ts.Node, text: string): Edit {
  return { start: node.getStart(), end: node.getEnd(), text };
}

function applyEdits(code: string, edits: readonly Edit[]): string {
  let rest = code;
  for (const { start, end, text } of [...edits].sort((a, b) => b.start - a.start))
    rest = rest.slice(0, start) + text + rest.slice(end);
  return rest;
}

/** A statement that declares the same names. */
function importOf({ importClause, moduleSpecifier }: ts.ImportDeclaration, bindings: BindingsOf): string {
  const from = textOf(moduleSpecifier);
  const isPart = from.startsWith("./");
  const module = isPart ? `__load(${JSON.stringify(partName(from.slice(2)))})` : `require(${JSON.stringify(from)})`;
  if (importClause === undefined) return `${module};`;
  const { name, namedBindings } = importClause;
  const declared: string[] = [];
  if (name !== undefined) declared.push(isPart ? `{default:${name.text}}=${module}` : `${name.text}=${module}`);
  if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings))
    declared.push(`${namedBindings.name.text}=${module}`);
  else if (namedBindings !== undefined) {
    const names = namedBindings.elements.map(({ propertyName, name: { text } }) => [propertyName?.text ?? text, text]);
    if (isPart) requireSettled(from.slice(2), new Set(names.map(([imported = ""]) => imported)), bindings);
    declared.push(`{${names.map(([imported, local]) => `${imported}:${local}`).join(",")}}=${module}`);
  }
  return `const ${declared.join(",")};`;
}

/** Name → a getter, as who imports a part while it sets its variables gets what they are when he asks. */
function exportsOf({ exportClause, moduleSpecifier }: ts.ExportDeclaration, name: string): string[] {
  if (exportClause === undefined || !ts.isNamedExports(exportClause) || moduleSpecifier !== undefined)
    throw new Error(`${name} exports in a form that no part can have`);
  return exportClause.elements.map(
    ({ propertyName, name: { text } }) => `get ${text}(){return ${propertyName?.text ?? text}}`,
  );
}

/** `import()` and `import.meta.url`, wherever they stand. */
function innerEdits(source: ts.SourceFile): Edit[] {
  const { fileName: name } = source;
  const edits: Edit[] = [];
  const visit = (node: ts.Node, inFunction: boolean): void => {
    if (ts.isAwaitExpression(node) && !inFunction) throw new Error(`${name} awaits while it is loaded`);
    if (
      ts.isMetaProperty(node) &&
      node.keywordToken === ts.SyntaxKind.ImportKeyword &&
      ts.isPropertyAccessExpression(node.parent)
    ) {
      if (node.parent.name.text !== "url") throw new Error(`${name} asks for import.meta.${node.parent.name.text}`);
      edits.push(edit(node.parent, "__url"));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      edits.push(edit(node, laterImport(textOf(node.arguments[0]))));
    }
    ts.forEachChild(node, (child) => visit(child, inFunction || ts.isFunctionLike(node)));
  };
  visit(source, false);
  return edits;
}

function laterImport(from: string): string {
  if (from.startsWith("./")) return `__loadLater(${JSON.stringify(partName(from.slice(2)))})`;
  if (isBuiltin(from)) return `Promise.resolve(require(${JSON.stringify(from)}))`;
  // An optional dependency of a dependency, which asks whether it is there.
  return `Promise.reject(new Error(${JSON.stringify(`${from} is not in this bundle`)}))`;
}

/** @throws Error when a part sets one of the names elsewhere than where it declares it: who imported it has an older value */
function requireSettled(file: string, names: ReadonlySet<string>, bindings: BindingsOf): void {
  const found = bindings.get(file);
  if (found === undefined) throw new Error(`there is no ${file} to import from`);
  for (const imported of names) {
    const local = found.exported.get(imported);
    if (local === undefined) throw new Error(`${file} does not export ${imported}`);
    if (found.assigned.has(local)) {
      throw new Error(`${file} sets ${imported} after it declared it: no part can import it`);
    }
  }
}

interface Bindings {
  /** Exported name → local name. */
  readonly exported: ReadonlyMap<string, string>;
  /** Names that some assignment sets. */
  readonly assigned: ReadonlySet<string>;
}

/** By the name of the file. */
type BindingsOf = ReadonlyMap<string, Bindings>;

function readBindings(source: ts.SourceFile): Bindings {
  const exported = new Map<string, string>();
  const assigned = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isExportSpecifier(node)) exported.set(node.name.text, (node.propertyName ?? node.name).text);
    const target = assignedBy(node);
    if (target !== undefined) for (const name of namesIn(target)) assigned.add(name);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { exported, assigned };
}

/** What an assignment, `++`, `--` or the head of a loop sets. */
function assignedBy(node: ts.Node): ts.Node | undefined {
  if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) return node.left;
  if (ts.isPostfixUnaryExpression(node)) return node.operand;
  if (ts.isPrefixUnaryExpression(node) && isStep(node.operator)) return node.operand;
  return ts.isForInStatement(node) || ts.isForOfStatement(node) ? node.initializer : undefined;
}

function isStep(kind: ts.PrefixUnaryOperator): boolean {
  return kind === ts.SyntaxKind.PlusPlusToken || kind === ts.SyntaxKind.MinusMinusToken;
}

/** A name by itself, or those of a pattern; what is set inside an object or declared by the loop is no binding of the file. */
function namesIn(target: ts.Node): string[] {
  if (ts.isIdentifier(target)) return [target.text];
  if (!ts.isArrayLiteralExpression(target) && !ts.isObjectLiteralExpression(target)) return [];
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(target);
  return names;
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function textOf(specifier: ts.Expression | undefined): string {
  if (specifier === undefined || !ts.isStringLiteral(specifier)) throw new Error("a module is named by a string");
  return specifier.text;
}
