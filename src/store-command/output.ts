import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { TernmqError } from "../errors.ts";

const CHUNK_BYTES = 65_536;
const OWNER_ONLY = 0o600;

interface Target {
  write(text: string): Promise<void>;
  end(): Promise<void>;
  abandon(): Promise<void>;
}

const standardOutput: Target = {
  // Where it cannot be written the process has ended: see cli.ts.
  write: (text) => new Promise((resolve) => void process.stdout.write(text, () => resolve())),
  end: async () => {},
  abandon: async () => {},
};

/** A file gets its name, in place of any that has it, when all is written. */
async function toFile(path: string): Promise<Target> {
  const partial = `${path}.partial`;
  const file = await open(partial, "w", OWNER_ONLY);
  return {
    write: (text) => file.writeFile(text),
    end: async () => {
      await file.sync();
      await file.close();
      await rename(partial, path);
    },
    abandon: async () => {
      await file.close();
      await rm(partial, { force: true });
    },
  };
}

/** A pipe, say, or a terminal. */
function toOther(file: FileHandle): Target {
  return { write: (text) => file.writeFile(text), end: () => file.close(), abandon: () => file.close() };
}

async function targetOf(path: string): Promise<Target> {
  if (path === "-") return standardOutput;
  const known = await stat(path).catch(() => undefined);
  return known === undefined || known.isFile() ? toFile(path) : toOther(await open(path, "w"));
}

/** Takes lines as fast as they can be written. */
export class Output {
  readonly #target: Target;
  readonly #path: string;
  #waiting: string[] = [];
  #length = 0;

  private constructor(target: Target, path: string) {
    this.#target = target;
    this.#path = path;
  }

  /** @param path `-` is standard output. @throws {TernmqError} by the promise, as all methods do */
  static async open(path: string): Promise<Output> {
    return new Output(await told(path, () => targetOf(path)), path);
  }

  async write(line: string): Promise<void> {
    this.#waiting.push(line, "\n");
    this.#length += line.length;
    if (this.#length >= CHUNK_BYTES) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#flush();
    await told(this.#path, () => this.#target.end());
  }

  /** Leaves no file behind. */
  abandon(): Promise<void> {
    return told(this.#path, () => this.#target.abandon());
  }

  async #flush(): Promise<void> {
    const text = this.#waiting.join("");
    this.#waiting = [];
    this.#length = 0;
    await told(this.#path, () => this.#target.write(text));
  }
}

async function told<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new TernmqError("ERR_OUTPUT", `${path} cannot be written: ${message}`, { cause: error });
  }
}
