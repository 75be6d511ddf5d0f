import { FLAGS } from "../../src/start-command/flags.ts";

/** The table of the options of `ternmq start` that set options of the configuration. */
export function renderFlags(): string {
  const rows = FLAGS.map(({ flags, paths, value }) => {
    const options = paths.map((path) => `\`${path.join(".")}\``).join(", ");
    return `| \`${flags}\` | ${options}${value === undefined ? "" : ` is \`${value}\``} |`;
  });
  return `| flag | option |\n| --- | --- |\n${rows.join("\n")}`;
}
