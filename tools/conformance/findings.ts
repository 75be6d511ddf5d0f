import type { Edition, Note, NoteKind, Statement } from "./statements.ts";
import { readEditions, readNotes } from "./statements.ts";
import { indexCode, type TagIndex, tagsIn } from "./tags.ts";
import type { TestCase } from "./tests.ts";

/** All that the page and the check are made from. */
export interface Findings {
  readonly editions: readonly Edition[];
  readonly notes: readonly Note[];
  /** Files of the program by tag. */
  readonly code: TagIndex;
  readonly tests: ReadonlyMap<string, readonly TestCase[]>;
}

const CODE = ["assembly", "src"];

export function collectFindings(tests: readonly TestCase[]): Findings {
  return { editions: readEditions(), notes: readNotes(), code: indexCode(CODE), tests: indexTests(tests) };
}

export function indexTests(tests: readonly TestCase[]): Map<string, TestCase[]> {
  const index = new Map<string, TestCase[]>();
  for (const test of tests) {
    for (const tag of tagsIn(test.title)) {
      const group = index.get(tag);
      if (group === undefined) index.set(tag, [test]);
      else group.push(test);
    }
  }
  return index;
}

/** The statements that ask something of a server. */
export function serverStatements({ statements }: Edition): Statement[] {
  return statements.filter(({ role }) => role !== "none");
}

/** The tags that have a note of this kind. */
export function noted({ notes }: Findings, kind: NoteKind): Set<string> {
  return new Set(notes.filter((note) => note.kind === kind).map(({ tag }) => tag));
}

/** Passing needs a test: a statement without one is proven by nothing. */
export function passes(tests: readonly TestCase[] | undefined): boolean {
  return tests?.every((test) => test.passes) ?? false;
}
