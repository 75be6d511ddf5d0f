import { once } from "node:events";
import { type Logger, pino } from "pino";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STANDARD_OUTPUT = 1;
/** Characters that wait for a slow reader; lines beyond are dropped, since the broker waits for nobody who reads its log. */
const MAXIMUM_WAITING = 16 * 1024 * 1024;
/** In milliseconds. */
const END_TIMEOUT = 1_000;

/** What JSON leaves as it is and a terminal obeys or shows as something else; names come from strangers. */
const OBEYED = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** A log to standard output, and the ways to end it. */
export interface Log {
  readonly log: Logger;
  /** Writes text that is no event, whatever the level. */
  print(text: string): void;
  /** Resolves when all lines are out, or none is taken any more; later ones are not written. A process that exits before may swap the last ones. */
  end(): Promise<void>;
  /** Gives up what is not out: the exit of the process would wait for it, for ever where nobody takes it. */
  abandon(): void;
}

/** One line an event, pretty on a terminal, JSON elsewhere. What cannot be written, as on a full disk, waits as for a slow reader. */
export async function createLog(level: LogLevel): Promise<Log> {
  const format = process.stdout.isTTY ? await prettyFormat() : (line: string) => line;
  const output = pino.destination({ dest: STANDARD_OUTPUT, sync: false, maxLength: MAXIMUM_WAITING });
  output.on("error", () => {
    // pino would try it again and again at the exit of the process.
    output.flushSync = () => {};
  });
  const log = pino({ level }, { write: (line) => void output.write(escaped(format(line))) });
  let ended: Promise<void> | undefined;
  return {
    log,
    print: (text) => void output.write(text),
    end: () => {
      log.level = "silent";
      ended ??= close(output);
      return ended;
    },
    abandon: () => output.destroy(),
  };
}

async function close(output: ReturnType<typeof pino.destination>): Promise<void> {
  const closed = once(output, "close", { signal: AbortSignal.timeout(END_TIMEOUT) });
  output.end();
  await closed.catch(() => {});
  output.destroy();
}

async function prettyFormat(): Promise<(line: string) => string> {
  // Only on a terminal is it worth its 10 MB.
  const { default: pretty } = await import("pino-pretty");
  return pretty.prettyFactory({ singleLine: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" });
}

/** Where the program that holds the broker wants no log. */
export function silentLog(): Logger {
  return pino({ level: "silent" });
}

function escaped(line: string): string {
  return line.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
