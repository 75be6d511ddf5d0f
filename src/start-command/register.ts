import type { Command } from "commander";
import { HangUps } from "../hang-ups.ts";

/** What it takes is loaded only when it is asked for: other commands need neither the schema nor the broker. */
export function addStart(program: Command): void {
  const start = program.command("start").description("run the broker");
  program.hook("preSubcommand", async (_, command) => {
    if (command !== start) return;
    const hangUps = new HangUps();
    const { prepareStart } = await import("./start-command.ts");
    prepareStart(start, hangUps);
  });
}
