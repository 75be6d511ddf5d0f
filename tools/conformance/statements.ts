import { readFileSync } from "node:fs";

/** What a statement asks of a server: to do something, to enforce it upon clients, or nothing. */
export type ServerRole = "do" | "enforce" | "none";

export interface Statement {
  /** What stands in brackets in titles and comments: `MQTT-3.1.2-4`, or `MQTT-3.1.2-4 of 3.1.1`. The versions share ids, not meanings. */
  readonly tag: string;
  readonly id: string;
  readonly role: ServerRole;
  readonly paraphrase: string;
}

/** A version whose standard numbers its statements; MQTT 3.1 does not. */
export interface Edition {
  readonly name: string;
  readonly statements: readonly Statement[];
}

/**
 * What has to be known about one statement:
 * - `unit`: no connection shows it, only tests that look inside;
 * - `part`: a connection shows a part of it, tests that look inside show the rest;
 * - `feature`: it asks something of servers that lack a feature, which this one has; no line of code enforces it;
 * - `untagged`: no line of code enforces it for another reason;
 * - `remark`: what its tests can show.
 */
export const NOTE_KINDS = ["unit", "part", "feature", "untagged", "remark"] as const;
export type NoteKind = (typeof NOTE_KINDS)[number];

export interface Note {
  readonly tag: string;
  readonly kind: NoteKind;
  readonly text: string;
}

const DATA = "test/conformance";

/** The statements of both standards, in their order. */
export function readEditions(): Edition[] {
  return [
    { name: "MQTT 5.0", statements: readStatements("mqtt5", "") },
    { name: "MQTT 3.1.1", statements: readStatements("mqtt311", " of 3.1.1") },
  ];
}

export function readNotes(): Note[] {
  return readRows(`${DATA}/notes.tsv`).map(([tag = "", kind = "", text = ""]) => ({ tag, kind: noteKind(kind), text }));
}

function readStatements(file: string, suffix: string): Statement[] {
  return readRows(`${DATA}/statements/${file}.tsv`).map(([id = "", , , role = "", paraphrase = ""]) => ({
    tag: id + suffix,
    id,
    role: serverRole(role),
    paraphrase,
  }));
}

/** The rows of a file of tab-separated values, without its header. */
function readRows(path: string): string[][] {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.slice(1).map((line) => line.split("\t"));
}

function serverRole(text: string): ServerRole {
  if (text === "do" || text === "enforce" || text === "none") return text;
  throw new Error(`"${text}" is not a server role: write do, enforce or none`);
}

function noteKind(text: string): NoteKind {
  const kind = NOTE_KINDS.find((each) => each === text);
  if (kind === undefined) throw new Error(`"${text}" is not a kind of note: write one of ${NOTE_KINDS.join(", ")}`);
  return kind;
}
