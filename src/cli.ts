#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, type CommanderError } from "commander";
import { addBench } from "../bench/load/register.ts";
import { addConfig } from "./config-command/register.ts";
import { addPasswd } from "./passwd-command/register.ts";
import { addReload } from "./reload-command/register.ts";
import { addStart } from "./start-command/register.ts";
import { addStore } from "./store-command/register.ts";

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Wrong usage ends with 2; the reason stands on standard error by then, except where no command was given. */
function exit({ code, exitCode }: CommanderError): never {
  if (exitCode === 0) process.exit(0);
  if (code === "commander.help") process.stderr.write("\nerror: no command is given\n");
  process.exit(EXIT_USAGE);
}

/** `help <command>` as `<command> --help`: what a command takes may be loaded only when the command is asked for. */
function asked(args: readonly string[], commands: readonly Command[]): readonly string[] {
  const [first, name, ...more] = args;
  if (first !== "help" || name === undefined) return args;
  return commands.some((command) => command.name() === name) ? [name, ...more, "--help"] : [name];
}

/** A command whose output nobody takes any more, or for which the disk has no room, has nothing left to do. */
process.stdout.on("error", ({ message }) => {
  process.stderr.write(`ternmq: standard output cannot be written: ${message}\n`);
  process.exit(EXIT_FAILURE);
});

const program = new Command("ternmq")
  .description("MQTT 3.1, 3.1.1 and 5.0 broker")
  .version(readVersion())
  .exitOverride(exit)
  .showHelpAfterError("(add --help to see what there is)");
addStart(program);
addReload(program);
addConfig(program);
addStore(program);
addPasswd(program);
addBench(program);
await program.parseAsync(asked(process.argv.slice(2), program.commands), { from: "user" });
