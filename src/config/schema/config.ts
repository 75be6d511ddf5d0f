import { z } from "zod";
import { accessRulesSchema } from "./access.ts";
import { authenticationSchema } from "./authentication.ts";
import { clientLimitsSchema } from "./client-limits.ts";
import { limitsSchema } from "./limits.ts";
import { listenersSchema } from "./listeners.ts";
import { logSchema } from "./log.ts";
import { persistenceSchema } from "./persistence.ts";
import { path, section, trueOrFalse } from "./types.ts";

/** All that `ternmq start` can be told: the shape of its file, of its environment variables and of `--set`. */
export const configSchema = section({
  listeners: listenersSchema,
  authentication: authenticationSchema,
  accessRules: accessRulesSchema
    .exactOptional()
    .describe("what clients may publish, subscribe to and receive; everything by default"),
  limits: limitsSchema,
  clientLimits: clientLimitsSchema.exactOptional(),
  persistence: persistenceSchema,
  log: logSchema,
  directIo: trueOrFalse()
    .prefault(true)
    .describe("go past Node's stream layer for TCP where this Node.js allows that, which is faster"),
  pidFile: path().exactOptional().describe("file that holds the process's id while the broker runs"),
});

/** With all defaults filled in. */
export type Config = z.output<typeof configSchema>;

/** In JSON Schema: of what is written, not of what is read out of it. */
export type JsonSchema = z.core.JSONSchema.JSONSchema;

export function configJsonSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, { io: "input" });
}

/** The same for files: what it says several times stands there once. */
export function publishedJsonSchema(): JsonSchema {
  return { title: "Configuration of ternmq", ...z.toJSONSchema(configSchema, { io: "input", reused: "ref" }) };
}
