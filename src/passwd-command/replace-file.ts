import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { TernmqError } from "../errors.ts";

const OWNER_ONLY = 0o600;
const PERMISSIONS = 0o777;

/**
 * Writes a file anew so that whoever reads it sees the old or the new content, and a crash leaves either. It keeps its permissions and owner; a new
 * one is for its owner only. One at a time: what `make` reads nobody else is replacing.
 * @param make gives the content
 * @throws {TernmqError} ERR_PASSWORD_FILE by the promise; the file is as it was
 */
export async function replaceFile(file: string, make: () => Promise<string>): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const kind = await stat(target).catch(() => undefined);
  // In the place of a device of root's there would be a file from then on.
  if (kind?.isFile() === false) throw new TernmqError("ERR_PASSWORD_FILE", `${file} is no file: give a password file`);
  const next = `${target}.new`;
  const handle = await openNew(next);
  try {
    await fill(handle, target, await make());
    await rename(next, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    await rm(next, { force: true });
    if (error instanceof TernmqError) throw error;
    throw wrong(`cannot write ${file}: ${reasonOf(error)}`, error);
  }
}

async function openNew(next: string): Promise<FileHandle> {
  try {
    return await open(next, "wx", OWNER_ONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      throw wrong(`cannot write ${next}: ${reasonOf(error)}`, error);
    throw wrong(`${next} is there: another one is changing the file, or was killed when it did; delete it then`, error);
  }
}

async function fill(handle: FileHandle, target: string, text: string): Promise<void> {
  try {
    const before = await stat(target).catch(() => undefined);
    await handle.chmod(before === undefined ? OWNER_ONLY : before.mode & PERMISSIONS);
    if (before !== undefined && process.getuid?.() === 0) await handle.chown(before.uid, before.gid);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function wrong(message: string, cause: unknown): TernmqError {
  return new TernmqError("ERR_PASSWORD_FILE", message, { cause });
}
