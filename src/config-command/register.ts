import type { Command } from "commander";
import type { CheckOptions } from "./check.ts";
import { addSources, sourcesOf } from "./sources.ts";

/** What the commands run is loaded only then. */
export function addConfig(program: Command): void {
  const config = program.command("config").description("look at a configuration");
  config
    .command("check <file>")
    .description("tell all that is wrong with a configuration file and the files that it names; 0 is good, 2 is not")
    .option("--mosquitto", "the file is a mosquitto.conf", false)
    .option("--no-files", "look at the file alone, as for another machine")
    .action(async (file: string, options: CheckOptions) => {
      const { checkConfig } = await import("./check.ts");
      // What a module of the user's has begun by being loaded is not waited for.
      process.exit(await checkConfig(file, options));
    });
  const print = config.command("print").description("print the configuration that counts, and where it comes from");
  addSources(print).action(async () => {
    const { printConfig } = await import("./print.ts");
    process.exitCode = await printConfig(sourcesOf(print));
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
      process.exitCode = await convertConfig(file);
    });
}
