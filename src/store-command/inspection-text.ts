import type { Inspection } from "./inspect.ts";

const MEBIBYTE = 1_048_576;

function bytes(count: number): string {
  return count < MEBIBYTE ? `${Math.ceil(count / 1024)} KiB` : `${(count / MEBIBYTE).toFixed(1)} MiB`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

/** Rows of words in columns, each as wide as its longest word. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, word] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, word.length);
  return rows.map((row) =>
    row
      .map((word, at) => pad(word, at, widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Names stand on the left, numbers on the right. */
function pad(word: string, at: number, width: number): string {
  return at === 0 ? word.padEnd(width) : word.padStart(width);
}

function headLines({ directory, format, fileBytes, journal, counters, sessions, tables }: Inspection): string[] {
  const online = tables.sessions.rows - sessions.offline;
  return [
    `store     ${directory}, format ${format}, ${bytes(fileBytes)}`,
    `journal   ${count(journal.entries)} groups that are not in the tables yet, ${bytes(journal.bytes)}`,
    `next      owner ${counters.owner}, sequence ${counters.sequence}, message ${counters.message}`,
    `sessions  ${count(sessions.offline)} offline, ${count(online)} online when last written, ${count(sessions.withWill)} with a will`,
  ];
}

function queueName({ clientIdentifier, sharedFilter, owner }: Inspection["longestQueues"][number]): string {
  const name = clientIdentifier ?? sharedFilter;
  return name === undefined ? `owner ${owner}` : JSON.stringify(name);
}

/** For people. */
export function inspectionText(inspection: Inspection): string {
  const { tables, longestQueues } = inspection;
  const sizes = Object.entries(tables).map(([name, size]) => [name, count(size.rows), bytes(size.bytes)]);
  const queues = longestQueues.map((queue) => [queueName(queue), count(queue.deliveries)]);
  return [
    ...headLines(inspection),
    "",
    ...columns([["table", "rows", "size"], ...sizes]),
    ...(queues.length === 0 ? [] : ["", ...columns([["longest queues", "deliveries"], ...queues])]),
    "",
  ].join("\n");
}
