/** `none`: the client is referred, as servers of the Internet do it. `chain`: the servers below are asked in its place. */
export const RECURSIONS = ['none', 'chain'] as const;

/** The longest delay of an answer, in milliseconds: longer than any client waits. */
export const DELAY_MS_MAX = 10_000;

/** How a server answers, apart from what: both can be changed while it runs, to compare. */
export interface Manner {
  recursion: (typeof RECURSIONS)[number];
  /** How much later each answer goes, in milliseconds. */
  delayMs: number;
}
