const ignore = () => {};

/** To whom a store tells what it holds, for who does not want to know. */
export const deafVisitor = {
  counters: ignore,
  session: ignore,
  subscription: ignore,
  group: ignore,
  received: ignore,
  exchange: ignore,
  waiting: ignore,
  retained: ignore,
  progress: ignore,
};
