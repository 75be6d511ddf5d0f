/** Where something of the configuration was written. */
export interface Origin {
  /** A file, as the user named it, an environment variable or an option of the command line. */
  readonly source: string;
  /** From 1; 0 outside of files. */
  readonly line: number;
  /** From 1; 0 where only the line is known. */
  readonly column: number;
  /** To which a path that was written there is relative. */
  readonly directory: string;
}

/** Outside of files, paths are relative to the current directory. */
export function outsideOfFiles(source: string): Origin {
  return { source, directory: process.cwd(), line: 0, column: 0 };
}

/** As messages have it: `ternmq.yaml:3:7`, `mosquitto.conf:4`, `TERNMQ_LOG_LEVEL`, `--log-level`. */
export function originText({ source, line, column }: Origin): string {
  return [source, line, column].filter((part) => part !== 0).join(":");
}
