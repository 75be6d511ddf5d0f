import { type Path, type Written, writtenAt } from "../source/written.ts";
import type { JsonSchema } from "./config.ts";

/** The place of an option in the configuration; `*` stands for a number in a list. */
export type OptionPath = readonly string[];

export interface Option {
  readonly path: OptionPath;
  readonly schema: JsonSchema;
  /** It holds options of its own. */
  readonly isSection: boolean;
}

type Schema = JsonSchema | boolean;

/** A schema, or the several that are allowed there. */
function variants(schema: Schema | undefined): JsonSchema[] {
  if (typeof schema !== "object") return [];
  const several = schema.anyOf ?? schema.oneOf;
  return several === undefined ? [schema] : several.flatMap(variants);
}

/** The names that may stand in a section. */
function children(schema: JsonSchema): Map<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  for (const { properties = {}, items } of variants(schema)) {
    for (const [name, child] of Object.entries(properties)) if (typeof child === "object") add(found, name, child);
    if (typeof items === "object" && !Array.isArray(items)) add(found, "*", items);
  }
  return found;
}

/** The same name in several variants allows what any of them does. */
function add(found: Map<string, JsonSchema>, name: string, child: JsonSchema): void {
  const before = found.get(name);
  found.set(name, before === undefined ? child : { ...before, anyOf: [...variants(before), ...variants(child)] });
}

/** Every option with all those inside of it, in the order of the schema. */
export function optionsOf(schema: JsonSchema, path: OptionPath = []): Option[] {
  return [...children(schema)].flatMap(([name, child]) => {
    const at = [...path, name];
    return [{ path: at, schema: child, isSection: isSection(child) }, ...optionsOf(child, at)];
  });
}

/** What may stand at a path; undefined where nothing may. */
export function schemaAt(schema: JsonSchema, path: Path): JsonSchema | undefined {
  let at: JsonSchema | undefined = schema;
  for (const part of path) at = at && childOf(at, part);
  return at;
}

/** The same, of the variants only that the names with one value only, as `protocol: mqtt`, leave possible. */
export function schemaFor(schema: JsonSchema, root: Written, path: Path): JsonSchema | undefined {
  let at: JsonSchema | undefined = fitting(schema, root);
  path.forEach((part, index) => {
    at = at && childOf(at, part);
    const written = writtenAt(root, path.slice(0, index + 1));
    if (at !== undefined && written !== undefined) at = fitting(at, written);
  });
  return at;
}

function childOf(schema: JsonSchema, part: string | number): JsonSchema | undefined {
  const named = children(schema).get(typeof part === "number" ? "*" : part);
  if (named !== undefined) return named;
  const others = variants(schema).map(({ additionalProperties }) => additionalProperties);
  return others.find((other) => typeof other === "object");
}

function fitting(schema: JsonSchema, written: Written): JsonSchema {
  const possible = variants(schema).filter(({ properties = {} }) =>
    Object.entries(properties).every(([name, child]) => {
      const given = written.kind === "map" ? written.entries.get(name)?.value : undefined;
      return (
        typeof child !== "object" ||
        child.const === undefined ||
        given?.kind !== "scalar" ||
        given.value === child.const
      );
    }),
  );
  return possible.length === 0 ? schema : { anyOf: possible };
}

/** The names that are allowed in a section. */
export function namesIn(schema: JsonSchema | undefined): string[] {
  return schema === undefined ? [] : [...children(schema).keys()].filter((name) => name !== "*");
}

/** Whether nothing but text may stand there, so that `5` is text as well. */
export function isText(schema: JsonSchema): boolean {
  return variants(schema).every(({ type }) => type === "string");
}

/** Whether options stand there, by name. */
export function isSection(schema: JsonSchema): boolean {
  return variants(schema).some(({ type }) => type === "object");
}

/** Whether a path of a file stands there. */
export function isPath(schema: JsonSchema): boolean {
  return variants(schema).some(({ format }) => format === "path");
}

/** Whether a number there is shown as an octal one. */
export function isOctal(schema: JsonSchema): boolean {
  return variants(schema).some(({ format }) => format === "octal");
}

/** Whether nobody else may read what stands there. */
export function isSecret(schema: JsonSchema): boolean {
  return schema.writeOnly === true || variants(schema).some(({ writeOnly }) => writeOnly === true);
}
