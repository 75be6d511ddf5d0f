import { type Document, type LineCounter, parseDocument, type ScalarTag, type YAMLError } from "yaml";

const MESSAGES: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "a second document begins here: a configuration is one document",
  DUPLICATE_KEY: "this name stands here for the second time: leave one of them",
  TAB_AS_INDENT: "a tab cannot indent in YAML: use spaces",
  RESOURCE_EXHAUSTION: "this is nested too deeply",
};

const LEADING_ZERO = "0 stands in front of a number: write 0o660 for an octal one, leave it out of others, quote text";

/** YAML 1.2 would take 0440, permissions of files to everybody else, for four hundred and forty. */
const NUMBER_WITH_LEADING_ZERO: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0\d+$/,
  resolve(text, onError) {
    onError(LEADING_ZERO);
    return text;
  },
};

/** YAML 1.2 with merge keys, in the one way that configurations are read. */
export function parseYaml(text: string, lineCounter?: LineCounter): Document.Parsed {
  return parseDocument(text, {
    prettyErrors: false,
    merge: true,
    customTags: (tags) => [NUMBER_WITH_LEADING_ZERO, ...tags],
    ...(lineCounter && { lineCounter }),
  });
}

/** For people. @param text in which the error was found */
export function yamlErrorText({ code, message, pos: [from] }: YAMLError, text: string): string {
  if (text.slice(from - 1, from + 1) === "${") return `between brackets, \${NAME} stands in quotes: "\${NAME}"`;
  if (message === LEADING_ZERO) return LEADING_ZERO;
  return MESSAGES[code] ?? `this is not YAML: ${message}`;
}
