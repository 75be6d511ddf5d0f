import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A log to standard output: one line an event, pretty on a terminal, JSON elsewhere. */
export function createLog(level: LogLevel): Logger {
  if (!process.stdout.isTTY) return pino({ level });
  const format = { singleLine: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" };
  return pino({ level }, pretty({ ...format, sync: true }));
}

/** Where the program that holds the broker wants no log. */
export function silentLog(): Logger {
  return pino({ level: "silent" });
}
