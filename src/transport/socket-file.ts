import { randomBytes } from "node:crypto";
import { accessSync, constants, lstatSync, renameSync, statSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { ListenError } from "./listen-error.ts";

/** Bytes of the longest path that the system takes; Node.js would cut a longer one. */
const LONGEST_PATH = 107;

/** That the path can be that of a socket file, whether or not somebody listens there. @throws {ListenError} */
export function checkSocketFile(path: string): void {
  try {
    if (Buffer.byteLength(path) > LONGEST_PATH) throw new Error(`choose a path of no more than ${LONGEST_PATH} bytes`);
    // Node.js would call a directory that is not there one that may not be written to.
    statSync(dirname(path));
    accessSync(dirname(path), constants.W_OK);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false)
      throw new Error("the file is no socket: choose another path");
  } catch (error) {
    throw new ListenError("unix", path, error as NodeJS.ErrnoException);
  }
}

/** Removes a socket file that nobody listens at. Of several brokers that find it so, one may have put its own in its place: that is put back. */
export async function makeWay(path: string): Promise<void> {
  if (!(await isStale(path))) return;
  const aside = join(dirname(path), `.${randomBytes(4).toString("hex")}`);
  if (Buffer.byteLength(aside) > LONGEST_PATH) {
    unlinkSync(path);
    return;
  }
  try {
    renameSync(path, aside);
  } catch (error) {
    // Another one was faster.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (await isStale(aside)) unlinkSync(aside);
  else renameSync(aside, path);
}

/** Whether the file is a socket that nobody listens at. */
async function isStale(path: string): Promise<boolean> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return false;
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(false);
    });
    probe.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
