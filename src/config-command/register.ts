import type { Command } from "commander";
import { addSources, sourcesOf } from "./sources.ts";

/** What the commands run is loaded only then. */
export function addConfig(program: Command): void {
  const config = program.command("config").description("look at a configuration");
  config
    .command("check <file>")
    .description("tell all that is wrong with a configuration file; 0 is good, 2 is not")
    .option("--mosquitto", "the file is a mosquitto.conf", false)
    .action(async (file: string, { mosquitto }: { mosquitto: boolean }) => {
      const { checkConfig } = await import("./check.ts");
      process.exitCode = checkConfig(file, mosquitto);
    });
  const print = config.command("print").description("print the configuration that counts, and where it comes from");
  addSources(print).action(async () => {
    const { printConfig } = await import("./print.ts");
    process.exitCode = printConfig(sourcesOf(print));
  });
  config
    .command("schema")
    .description("print the JSON Schema of configuration files")
    .action(async () => {
      const { schemaText } = await import("./schema.ts");
      process.stdout.write(schemaText());
    });
  config
    .command("convert <file>")
    .description("print as YAML what a mosquitto.conf says")
    .action(async (file: string) => {
      const { convertConfig } = await import("./convert.ts");
      process.exitCode = convertConfig(file);
    });
}
