import { createHash, randomUUID } from "node:crypto";
import { closeSync, linkSync, openSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { DiskError } from "./disk-error.ts";

const NAME = "lock.sock";
/** What every system takes as the path of a socket; the name in the directory is at most 50 bytes. */
const LONGEST_DIRECTORY = 52;
const ANSWER_MILLISECONDS = 2_000;
const ATTEMPTS = 20;

type Owner = { readonly pid: string | undefined };

/** Who listens there; undefined: nobody. The kernel answers for a process that is busy; then its pid is not known. */
function ownerOf(path: string): Promise<Owner | undefined> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(path);
    socket.setTimeout(ANSWER_MILLISECONDS, () => socket.destroy());
    socket.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(undefined);
      else if (error.code === "EAGAIN" || error.code === "ECONNRESET" || error.code === "EPIPE")
        resolve({ pid: undefined });
      else reject(error);
    });
    socket.on("close", () => resolve({ pid: answer === "" ? undefined : answer }));
  });
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.end(String(process.pid));
    });
    server.once("error", reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function locked(directory: string, { pid }: Owner): DiskError {
  const owner = pid === undefined ? "another broker" : `another broker (process ${pid})`;
  return new DiskError(
    "ERR_STORE_LOCKED",
    `${directory} is in use by ${owner}: stop it, or give this one another data directory`,
  );
}

function pipeOf(directory: string): string {
  const name = createHash("sha256").update(realpathSync.native(directory).toLowerCase()).digest("hex");
  return `\\\\.\\pipe\\ternmq-${name}`;
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** Puts aside a name that nobody listens behind. Two may do so at once: what turns out to be alive is put back. */
async function removeDead(directory: string, path: string, aside: string): Promise<void> {
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const owner = await ownerOf(aside);
  if (owner !== undefined) link(aside, path);
  rmSync(aside, { force: true });
  if (owner !== undefined) throw locked(directory, owner);
}

/**
 * A socket that listens in the directory (on Windows a named pipe, named after it). Whether its owner lives is told by the kernel: nothing has to
 * be cleaned up after a process that was killed, a process that got the same pid since has nothing to do with it, and it holds between
 * containers, too, which a pid does not.
 */
export class DirectoryLock {
  readonly #server: Server;
  readonly #path: string | undefined;
  /** Which socket has the name `#path`, as long as it is this one's. */
  readonly #inode: bigint | undefined;
  readonly #descriptor: number | undefined;

  private constructor(server: Server, path: string | undefined, descriptor: number | undefined) {
    this.#server = server;
    this.#path = path;
    this.#inode = path === undefined ? undefined : inodeOf(path);
    this.#descriptor = descriptor;
  }

  static async take(directory: string): Promise<DirectoryLock> {
    if (process.platform === "win32") return DirectoryLock.#takePipe(directory);
    const isLong = Buffer.byteLength(directory) > LONGEST_DIRECTORY;
    if (!isLong || process.platform !== "linux") return DirectoryLock.#takeSocket(directory, directory, undefined);
    const descriptor = openSync(directory, "r");
    try {
      return await DirectoryLock.#takeSocket(directory, `/proc/self/fd/${descriptor}`, descriptor);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** The process whose broker uses a directory; undefined: none does. */
  static async owner(directory: string): Promise<Owner | undefined> {
    if (process.platform === "win32") return ownerOf(pipeOf(directory));
    const isLong = Buffer.byteLength(directory) > LONGEST_DIRECTORY && process.platform === "linux";
    if (!isLong) return ownerOf(join(directory, NAME));
    const descriptor = openSync(directory, "r");
    try {
      return await ownerOf(`/proc/self/fd/${descriptor}/${NAME}`);
    } finally {
      closeSync(descriptor);
    }
  }

  static async #takePipe(directory: string): Promise<DirectoryLock> {
    const path = pipeOf(directory);
    try {
      return new DirectoryLock(await listen(path), undefined, undefined);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      throw locked(directory, (await ownerOf(path)) ?? { pid: undefined });
    }
  }

  /** Listens under a name of its own first, and then gives that the name that all look for: there it never stands without a listener. */
  static async #takeSocket(
    directory: string,
    reachedBy: string,
    descriptor: number | undefined,
  ): Promise<DirectoryLock> {
    const path = join(reachedBy, NAME);
    const own = join(reachedBy, `lock-${randomUUID()}`);
    const server = await listen(own);
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (link(own, path)) {
          rmSync(own);
          return new DirectoryLock(server, path, descriptor);
        }
        const owner = await ownerOf(path);
        if (owner !== undefined) throw locked(directory, owner);
        await removeDead(directory, path, join(reachedBy, `lock-${randomUUID()}`));
      }
      throw locked(directory, { pid: undefined });
    } catch (error) {
      await close(server);
      throw error;
    }
  }

  async release(): Promise<void> {
    // Another directory may have taken the place of this one's, with a lock of its own.
    if (this.#path !== undefined && inodeOf(this.#path) === this.#inode) rmSync(this.#path, { force: true });
    await close(this.#server);
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}
