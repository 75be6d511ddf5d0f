/** The tables, in the order in which they are read at the start; each is known by its place here in a batch. */
export const TABLES = [
  "meta",
  "sessions",
  "subscriptions",
  "groups",
  "received",
  "exchanges",
  "deliveries",
  "messages",
  "references",
  "retained",
] as const;
export type TableName = (typeof TABLES)[number];

/**
 * One operation of a batch:
 *
 *     ┊ operation u8 │ table u8 │ key length u16 │ value length u32 │ key │ value ┊
 */
export const OPERATION_HEADER = 8;

export const PUT = 1;
export const REMOVE = 2;
/** The value is how many references more (i32) the message has; without one it goes. */
export const ADD_REFERENCES = 3;
/** All rows of the owner that is the key go, with the references that its deliveries hold. */
export const REMOVE_OWNER = 4;
