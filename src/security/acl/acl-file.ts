import { readFile } from "node:fs/promises";
import { TernmqError } from "../../errors.ts";
import { validateFilter } from "../../matcher/validate.ts";
import type { AccessAction, AccessRule } from "./rule.ts";

type Access = "read" | "write" | "readwrite" | "deny";

const ACTIONS: Record<Access, readonly AccessAction[]> = {
  read: ["receive"],
  write: ["publish"],
  readwrite: ["publish", "receive"],
  deny: ["publish", "receive"],
};

/** How many problems of a file are told at a time. */
const MOST_PROBLEMS = 20;

/** Mosquitto lets everybody subscribe to everything, and looks at each message on its way. */
const ANY_SUBSCRIPTION: AccessRule = { isAllowed: true, actions: ["subscribe"] };

/** The rules of one section: those that deny are asked first, whatever their order. */
interface Section {
  readonly denied: AccessRule[];
  readonly allowed: AccessRule[];
}

/** A line that is wrong; `column` counts from 1. */
class LineError extends Error {
  readonly column: number;

  constructor(column: number, message: string) {
    super(message);
    this.column = column;
  }
}

/** @throws {TernmqError} ERR_ACL_FILE, by the promise, with file, line and column of all that is wrong */
export async function readAclFile(file: string): Promise<AccessRule[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TernmqError("ERR_ACL_FILE", `cannot read the access control list ${file}: ${reason}`, { cause });
  }
  return parseAclFile(file, text);
}

/**
 * The rules of Mosquitto's `acl_file` (man 5 mosquitto.conf): `topic` lines in front of the first `user` are about clients without a user name, those
 * behind one about that user, `pattern` lines about everybody.
 * @throws {TernmqError} ERR_ACL_FILE
 */
export function parseAclFile(file: string, text: string): AccessRule[] {
  const parser = new AclParser();
  const problems: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    try {
      parser.take(line.trimEnd());
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      problems.push(`${file}:${index + 1}:${error.column}: ${error.message}`);
    }
  }
  if (problems.length === 0) return parser.rules();
  const more = problems.length - MOST_PROBLEMS;
  const listed = problems.slice(0, MOST_PROBLEMS).join("\n");
  throw new TernmqError("ERR_ACL_FILE", more > 0 ? `${listed}\n... and ${more} more` : listed);
}

class AclParser {
  readonly #own: Section = { denied: [], allowed: [] };
  readonly #patterns: Section = { denied: [], allowed: [] };
  /** Whom `topic` lines are about. */
  #whom: Pick<AccessRule, "users" | "anonymous"> = { anonymous: true };

  rules(): AccessRule[] {
    const sections = [this.#own, this.#patterns].flatMap(({ denied, allowed }) => [...denied, ...allowed]);
    return [ANY_SUBSCRIPTION, ...sections];
  }

  take(line: string): void {
    if (line === "" || line.startsWith("#")) return;
    const { word, rest, restAt } = firstWord(line);
    if (word === "user") this.#takeUser(rest, restAt);
    else if (word === "topic") this.#takeTopic(this.#own, rest, restAt, this.#whom, /%/g);
    else if (word === "pattern") this.#takeTopic(this.#patterns, rest, restAt, { isPattern: true }, /%(?![uc])/g);
    else throw new LineError(1, `expected user, topic or pattern, not "${word}"`);
  }

  #takeUser(name: string, at: number): void {
    if (name === "") throw new LineError(at, "a user name has to follow");
    this.#whom = { users: [name] };
  }

  /** @param literal signs that stand for themselves */
  #takeTopic(section: Section, text: string, at: number, whom: Partial<AccessRule>, literal: RegExp): void {
    const { word, rest, restAt } = firstWord(text);
    const [access, filter, filterAt] = rest === "" ? (["readwrite", word, at] as const) : [word, rest, at + restAt - 1];
    if (!isAccess(access)) throw new LineError(at, `expected read, write, readwrite or deny, not "${access}"`);
    checkFilter(filter, filterAt);
    const isAllowed = access !== "deny";
    const rule = { ...whom, isAllowed, actions: ACTIONS[access], filters: [filter.replaceAll(literal, "%%")] };
    (isAllowed ? section.allowed : section.denied).push(rule);
  }
}

function isAccess(text: string): text is Access {
  return Object.hasOwn(ACTIONS, text);
}

function checkFilter(filter: string, at: number): void {
  const flaw = validateFilter(filter);
  if (flaw !== undefined) throw new LineError(at, `"${filter}" is no topic filter: ${flaw.message}`);
}

/** The first word, what follows the blanks behind it, and the column where that begins. */
function firstWord(text: string): { word: string; rest: string; restAt: number } {
  const [whole = "", word = "", blanks = ""] = /^(\S*)(\s*)/.exec(text) ?? [];
  return { word, rest: text.slice(whole.length), restAt: word.length + blanks.length + 1 };
}
