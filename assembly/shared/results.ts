/**
 * The result struct: what a call says beside its return value, 8 little-endian 32-bit words. A call writes only its own words.
 *
 *     word  0        1          2        3        4             5             6      7
 *          +--------+----------+--------+--------+-------------+-------------+------+---------------+
 *          | status | consumed | needed | routes | route count | route flags | walk | walk finished |
 *          +--------+----------+--------+--------+-------------+-------------+------+---------------+
 *
 * - status, consumed, needed: of `frame`. consumed: where the next call starts, or where the refused packet starts. needed: with
 *   FRAME_END, the bytes that the packet cut off at `consumed` needs counted from there (while its length is not known: one more
 *   than there are, at least 2); 0 where nothing is left over.
 * - routes, route count, route flags: of `trieMatch`, as in a record.
 * - walk: of `walkNext`, index of the first entry in the memory seen as 32-bit words; walk finished: 1 when no more will come.
 */
export const RESULT_WORDS = 8;
export const RESULT_STATUS = 0;
export const RESULT_CONSUMED = 1;
export const RESULT_NEEDED = 2;
export const RESULT_ROUTES = 3;
export const RESULT_ROUTE_COUNT = 4;
export const RESULT_ROUTE_FLAGS = 5;
export const RESULT_WALK = 6;
export const RESULT_WALK_FINISHED = 7;

/** Entries that one call of `walkNext` gives at most. */
export const MAX_WALK_ENTRIES = 1024;
