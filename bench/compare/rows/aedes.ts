import { fileURLToPath } from "node:url";
import type { CommandBroker } from "../../load/brokers/command-broker.ts";

const RUNNER = fileURLToPath(new URL("../aedes.js", import.meta.url));

/** @param modules folder from which packages of npm are resolved */
export function aedes(modules: string): CommandBroker {
  return {
    name: "aedes",
    conditions: "one process of Node.js, in memory, defaults",
    transports: ["tcp"],
    commands: [process.execPath],
    version: (command) => [command, RUNNER, modules],
    lacks: (scenario) => (scenario.kind === "load" && scenario.shared ? "it has no $share" : undefined),
    config: () => "",
    start: (command, { port }) => [command, RUNNER, modules, `${port}`],
  };
}
