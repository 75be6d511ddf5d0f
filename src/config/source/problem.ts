import { TernmqError } from "../../errors.ts";
import { type Origin, originText } from "./origin.ts";

/** Something that is wrong with a configuration, or that its writer should know. */
export interface Problem {
  readonly origin: Origin;
  /** Names the option, its value, and what is allowed. */
  readonly message: string;
}

export function problemText({ origin, message }: Problem): string {
  return `${originText(origin)}: ${message}`;
}

/** By source, and in each from top to bottom. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const sources = [...new Set(problems.map(({ origin }) => origin.source))];
  return problems.toSorted(
    ({ origin: a }, { origin: b }) =>
      sources.indexOf(a.source) - sources.indexOf(b.source) || a.line - b.line || a.column - b.column,
  );
}

/** A configuration that cannot be used, with all that is wrong with it, a line for each. */
export class ConfigError extends TernmqError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const ordered = inOrder(problems);
    super("ERR_CONFIG", [...new Set(ordered.map(problemText))].join("\n"));
    this.problems = ordered;
  }
}
