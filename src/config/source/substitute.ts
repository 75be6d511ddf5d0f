import { parseYaml } from "./yaml.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** `$${` is an escaped `${`; else a name, and after `:-` what stands for it where it is not set or empty. */
const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_]\w*)(?::-([^}]*))?\})?/g;
/** Words without quotes that YAML does not take as text. */
const NO_TEXT = /^(?:true|false|null|~|[-+]?\.?\d[\w.+-]*)?$/i;

const MALFORMED = `write \${NAME} or \${NAME:-default} for an environment variable; $\${ stands for \${ itself`;

interface Substituted {
  readonly text: string;
  readonly isChanged: boolean;
  /** What cannot be done, for people. */
  readonly failures: readonly string[];
}

/** Puts the values of environment variables in the place of `${NAME}` and `${NAME:-default}`; what they contain is taken as it is. */
export function substitute(written: string, environment: Environment): Substituted {
  const failures: string[] = [];
  const text = written.replace(REFERENCE, (found, name: string | undefined, otherwise: string | undefined) => {
    if (found === "$${") return "${";
    if (name === undefined) failures.push(MALFORMED);
    const value = name !== undefined && Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (otherwise !== undefined) return value === undefined || value === "" ? otherwise : value;
    if (name !== undefined && value === undefined)
      failures.push(`the environment has no ${name}: set it, or give a default as in \${${name}:-default}`);
    return value ?? found;
  });
  return { text, isChanged: text !== written, failures };
}

/** What a word without quotes is in YAML: a number, true or false, null, or else text. */
export function scalarOf(text: string): unknown {
  return NO_TEXT.test(text) ? parseYaml(text).toJS() : text;
}
