/** Something that goes wrong on purpose, and is over again. */
export interface Fault {
  readonly name: string;
  /** How long it lasts, in milliseconds, drawn between the two. Default: it is over at once. */
  readonly lasts?: readonly [least: number, most: number];
  /** True where the store may come back without its last writes. */
  readonly forgets?: boolean;
  /** Where given, this often in a whole campaign of its set-up, however many rounds that has. */
  readonly most?: number;
  /** Of the Redis server itself: two of those at once would wait for each other. */
  readonly ofServer?: boolean;
  strike(): unknown;
  heal?(): unknown;
}
