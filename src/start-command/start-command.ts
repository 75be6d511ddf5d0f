import type { Command } from "commander";
import type { Sources } from "../config/load.ts";
import { loadApart } from "../config/load-apart.ts";
import { addSources, sourcesOf } from "../config-command/sources.ts";
import type { HangUps } from "../hang-ups.ts";
import { start } from "../start.ts";
import { addFlags, givenFlags } from "./flags.ts";

/** Gives `ternmq start` its options, and what it does. */
export function prepareStart(command: Command, hangUps: HangUps): void {
  addFlags(addSources(command));
  command.option("--no-ws", "no MQTT over WebSocket");
  command.action(async ({ ws }: { ws: boolean }) => {
    const sources: Sources = { ...sourcesOf(command), flags: givenFlags(command), withoutWebSocket: !ws };
    await start(() => loadApart(sources), hangUps);
  });
}
