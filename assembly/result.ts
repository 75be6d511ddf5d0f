import {
  RESULT_CONSUMED,
  RESULT_NEEDED,
  RESULT_ROUTE_COUNT,
  RESULT_ROUTE_FLAGS,
  RESULT_ROUTES,
  RESULT_STATUS,
  RESULT_WALK,
  RESULT_WALK_FINISHED,
  RESULT_WORDS,
} from "./shared/results";

/** The result struct; its box stands in shared/results.ts. */
@unmanaged
export class Result {
  status: u32;
  consumed: u32;
  needed: u32;
  routes: u32;
  routeCount: u32;
  routeFlags: u32;
  walk: u32;
  walkFinished: u32;
}

if (offsetof<Result>("status") != RESULT_STATUS * 4) ERROR("RESULT_STATUS");
if (offsetof<Result>("consumed") != RESULT_CONSUMED * 4) ERROR("RESULT_CONSUMED");
if (offsetof<Result>("needed") != RESULT_NEEDED * 4) ERROR("RESULT_NEEDED");
if (offsetof<Result>("routes") != RESULT_ROUTES * 4) ERROR("RESULT_ROUTES");
if (offsetof<Result>("routeCount") != RESULT_ROUTE_COUNT * 4) ERROR("RESULT_ROUTE_COUNT");
if (offsetof<Result>("routeFlags") != RESULT_ROUTE_FLAGS * 4) ERROR("RESULT_ROUTE_FLAGS");
if (offsetof<Result>("walk") != RESULT_WALK * 4) ERROR("RESULT_WALK");
if (offsetof<Result>("walkFinished") != RESULT_WALK_FINISHED * 4) ERROR("RESULT_WALK_FINISHED");
if (offsetof<Result>() != RESULT_WORDS * 4) ERROR("RESULT_WORDS");

export const result: Result = changetype<Result>(memory.data(offsetof<Result>()));
