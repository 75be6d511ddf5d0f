import { once } from "node:events";
import { type Logger, pino } from "pino";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STANDARD_OUTPUT = 1;
/** Characters that wait for a slow reader; lines beyond are dropped, since the broker waits for nobody who reads its log. */
const MAXIMUM_WAITING = 16 * 1024 * 1024;
/** In milliseconds. */
const END_TIMEOUT = 1_000;

/** A log to standard output, and the way to end it. */
export interface Log {
  readonly log: Logger;
  /** Resolves when all lines are out, or the reader takes none any more; later ones are not written. A process that exits before may swap the last ones. */
  end(): Promise<void>;
}

/** One line an event, pretty on a terminal, JSON elsewhere. */
export async function createLog(level: LogLevel): Promise<Log> {
  if (process.stdout.isTTY) {
    // Only then is it worth its 10 MB.
    const { default: pretty } = await import("pino-pretty");
    const format = { singleLine: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" };
    return { log: pino({ level }, pretty({ ...format, sync: true })), end: async () => {} };
  }
  const output = pino.destination({ dest: STANDARD_OUTPUT, sync: false, maxLength: MAXIMUM_WAITING });
  const log = pino({ level }, output);
  return {
    log,
    end: async () => {
      log.level = "silent";
      const closed = once(output, "close", { signal: AbortSignal.timeout(END_TIMEOUT) });
      output.end();
      await closed.catch(() => {});
    },
  };
}

/** Where the program that holds the broker wants no log. */
export function silentLog(): Logger {
  return pino({ level: "silent" });
}
