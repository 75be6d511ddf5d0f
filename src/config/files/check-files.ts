import { TernmqError } from "../../errors.ts";
import type { Loaded } from "../load.ts";
import type { Problem } from "../source/problem.ts";
import { originOf, type Path, pathText, type WrittenMap } from "../source/written.ts";
import { namedFiles, optionOf, unreadable } from "./named-files.ts";
import { type Use, usesOf } from "./uses.ts";

/** What is found where all that a configuration names is opened as a broker does. */
export interface Findings {
  /** With these no broker starts. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Opens the files that a configuration names, with what a broker opens them with at its start, and looks at the places where that writes. Listens to nothing, and
 * leaves the store alone.
 * @param runsCode whether modules, the user's and native ones, are loaded as well
 */
export async function checkFiles({ config, written }: Omit<Loaded, "warnings">, runsCode: boolean): Promise<Findings> {
  const found = await Promise.all(usesOf(config, runsCode).map((use) => tryOut(use, written)));
  return {
    problems: found.flatMap(({ problems }) => problems),
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}

async function tryOut({ path, options, open }: Use, written: WrittenMap): Promise<Findings> {
  const tell = (at: Path, text: string): Problem[] =>
    text.split("\n").map((line) => ({ origin: originOf(written, at), message: `${pathText(at)}: ${line}` }));
  const files = namedFiles(options, path);
  const problems = files.flatMap(({ at, file }) => unreadable(file).flatMap((why) => tell(at, why)));
  if (problems.length > 0) return { problems, warnings: [] };
  try {
    const warnings = await open();
    return { problems, warnings: warnings.flatMap((warning) => tell(optionOf(warning, files) ?? path, warning)) };
  } catch (error) {
    if (!(error instanceof TernmqError)) throw error;
    return { problems: tell(optionOf(error.message, files) ?? path, error.message), warnings: [] };
  }
}
