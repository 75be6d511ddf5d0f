import { configJsonSchema, type JsonSchema } from "../../src/config/schema/config.ts";
import { isOctal, isPath, isText, type Option, optionsOf } from "../../src/config/schema/options.ts";
import { variableName } from "../../src/config/source/overrides.ts";

/** The tables of all options in docs/configuration.md. */

const HEAD = "| option | value | default | |\n| --- | --- | --- | --- |";

/** A table for each section, in the order of the schema. */
export function renderOptions(): string {
  const options = optionsOf(configJsonSchema());
  const sections = [...new Set(options.map(({ path }) => path[0] ?? ""))];
  const singles = options.filter(
    ({ path: [section] }) => options.filter(({ path }) => path[0] === section).length === 1,
  );
  const tables = sections.flatMap((section) => {
    const inside = options.filter(({ path }) => path[0] === section);
    return inside.length === 1 ? [] : [renderSection(section, inside)];
  });
  return [...tables, `### Others\n\n${HEAD}\n${singles.map(renderRow).join("\n")}`].join("\n\n");
}

function renderSection(section: string, options: readonly Option[]): string {
  const about = options[0]?.schema.description ?? "";
  const rows = options.slice(1).filter(({ path }) => path.at(-1) !== "*" && !isElsewhere(path));
  return `### \`${section}\`: ${about}\n\n${HEAD}\n${rows.map(renderRow).join("\n")}`;
}

/** What a listener may say of its own has a section by the same name. */
function isElsewhere(path: Option["path"]): boolean {
  return path.length > 3 && path[0] === "listeners" && (path[2] === "authentication" || path[2] === "accessRules");
}

function renderRow({ path, schema, isSection }: Option): string {
  const name = path.join(".").replaceAll(".*", "[]");
  const byDefault = schema.default === undefined || isSection ? "" : code(schema.default);
  return `| \`${name}\` | ${allowed(schema)} | ${byDefault} | ${description(schema).replaceAll("|", "\\|")} |`;
}

/** Of several variants what each of them says, once. */
function description(schema: JsonSchema): string {
  const variants = (schema.anyOf ?? [schema]) as JsonSchema[];
  const distinct = [...new Set(variants.map((variant) => variant.description ?? ""))].filter((text) => text !== "");
  if (distinct.length <= 1) return distinct[0] ?? schema.description ?? "";
  const named = distinct.map(
    (text) => [variants.find((variant) => variant.description === text)?.const, text] as const,
  );
  return named.map(([only, text]) => (only === undefined ? text : `${code(only)}: ${text}`)).join("; or: ");
}

function code(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

/** What may stand there, in a few words. */
function allowed(schema: JsonSchema): string {
  const { type, anyOf, oneOf = anyOf, const: only, items } = schema;
  if (oneOf !== undefined) return allowedVariants(oneOf as JsonSchema[]);
  if (only !== undefined) return code(only);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  if (type === "boolean") return "`true`, `false`";
  if (isOctal(schema)) return `permissions, as in \`0o660\``;
  if (type === "integer" || type === "number") return `${schema.minimum} to ${schema.maximum}`;
  if (type === "array")
    return `list of ${typeof items === "object" && !Array.isArray(items) ? allowed(items) : "values"}`;
  if (type === "object") return "options";
  return isPath(schema) ? "path" : "text";
}

function allowedVariants(variants: readonly JsonSchema[]): string {
  const time = variants.some(({ pattern }) => pattern?.includes("ms|s"));
  const size = variants.some(({ pattern }) => pattern?.includes("KiB"));
  const number = variants.find(({ type }) => type === "integer");
  if (time && number !== undefined) return `time: ${allowed(number)}, or \`10s\``;
  if (size && number !== undefined) return `size: ${allowed(number)}, or \`1MiB\``;
  return [...new Set(variants.map(allowed))].join(", ");
}

/** A few names of options beside those of their environment variables. */
export function renderVariables(): string {
  const options = optionsOf(configJsonSchema()).filter(({ isSection, schema }) => !isSection && !isText(schema));
  const shown = options.filter((_, index) => index % 12 === 0);
  const rows = shown.map(
    ({ path }) => `| \`${path.join(".").replaceAll(".*", ".<n>")}\` | \`${variableName(path)}\` |`,
  );
  return `| option | variable |\n| --- | --- |\n${rows.join("\n")}`;
}
