import { DURABILITY_LEVELS } from "../../persistence/store.ts";
import { oneOf, path, section, trueOrFalse } from "./types.ts";

const DURABILITY = "what an acknowledged message survives: nothing (memory), a crash (commit), a power cut (fsync)";

export const durabilitySchema = oneOf(DURABILITY_LEVELS);

export const persistenceSchema = section({
  enabled: trueOrFalse().prefault(true).describe("keep on disk what is to outlive the process; false: in memory only"),
  directory: path("the path of a directory")
    .prefault("./ternmq-data")
    .describe("directory for what outlives the process; made where there is none"),
  durability: durabilitySchema.prefault("fsync").describe(DURABILITY),
  repair: trueOrFalse()
    .prefault(false)
    .describe("start on what can be read of a damaged store; the damaged file is set aside"),
})
  .prefault({})
  .describe("what outlives the process");
