import { constants as buffers } from "node:buffer";
import { accessSync, constants, statSync } from "node:fs";
import type { Path } from "../source/written.ts";

/** Options whose value is a file that is read. */
const FILE_OPTIONS: ReadonlySet<string> = new Set([
  ...["certificate", "key", "chain", "ca", "crl", "pskFile"],
  ...["file", "keyFile", "secretFile", "jwksFile"],
  "aclFile",
]);

/** Bytes of the largest file that fits into a string. */
const LARGEST_FILE = buffers.MAX_STRING_LENGTH;

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "this user may not read it",
};

interface NamedFile {
  /** Of the option. */
  readonly at: Path;
  readonly file: string;
}

/** The files that options name, at any depth. @param path of the options */
export function namedFiles(options: unknown, path: Path): NamedFile[] {
  if (typeof options !== "object" || options === null) return [];
  return Object.entries(options).flatMap(([name, value]) => {
    const at = [...path, Array.isArray(options) ? Number(name) : name];
    return FILE_OPTIONS.has(name) && typeof value === "string" ? [{ at, file: value }] : namedFiles(value, at);
  });
}

/** Why a file cannot be read; nothing where it can. */
export function unreadable(file: string): string[] {
  try {
    accessSync(file, constants.R_OK);
    const kind = statSync(file);
    if (kind.isDirectory()) return [`${file} is a directory: give a file`];
    // A pipe can be read once, if at all, and the broker waits for it until then.
    if (!kind.isFile()) return [`${file} is a pipe or a device: give a file`];
    return kind.size > LARGEST_FILE ? [`${file} has more than ${LARGEST_FILE} bytes: give a smaller file`] : [];
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    return [`cannot read ${file}: ${REMEDIES[code] ?? message}`];
  }
}

/** The option that a message is about, which names its file. Of two that fit it is the one with the longer name. */
export function optionOf(message: string, files: readonly NamedFile[]): Path | undefined {
  const named = files.filter(({ file }) => message.includes(file));
  return named.toSorted((one, other) => other.file.length - one.file.length)[0]?.at;
}
