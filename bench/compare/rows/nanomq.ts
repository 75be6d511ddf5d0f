import type { CommandBroker } from "../../load/brokers/command-broker.ts";

export const nanomq: CommandBroker = {
  name: "nanomq",
  conditions: "in memory, no log, two threads for its queue",
  transports: ["tcp"],
  commands: ["nanomq"],
  version: (command) => [command, "--version"],
  config: () => "",
  start: (command, { port }) => [
    ...([command, "start", "--url", `nmq-tcp://127.0.0.1:${port}`] as const),
    ...["--tq_thread", "2", "--max_tq_thread", "2", "--msq_len", "65535", "--log_level", "fatal"],
  ],
};
