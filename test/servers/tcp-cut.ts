/** A command on its way to the server. */
export interface ProxiedRequest {
  /** Upper case. */
  readonly name: string;
  /** Without the name. */
  readonly args: readonly string[];
  readonly bytes: Buffer;
}

/** Text that the request's bytes contain, in any case; every text of a list; or a predicate. */
export type RequestMatch = string | readonly string[] | ((request: ProxiedRequest) => boolean);

/** A fault that has been ordered from a proxy. */
export interface Cut {
  /** Resolves when the connection has been cut as often as was ordered. */
  readonly happened: Promise<void>;
  /** How often it has happened so far. */
  readonly count: number;
  /** Takes back what has not happened yet. */
  cancel(): void;
}

/** An order to cut connections at matching requests, with its uses. */
export class OrderedCut implements Cut {
  readonly happened: Promise<void>;

  private used = 0;
  private reserved = 0;
  private cancelled = false;
  private resolve: () => void = () => undefined;

  constructor(
    readonly moment: 'before' | 'after',
    private readonly match: RequestMatch,
    private readonly times: number,
  ) {
    this.happened = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  get count(): number {
    return this.used;
  }

  cancel(): void {
    this.cancelled = true;
  }

  /** Takes one use for this request, so that no other connection can take it while the reply is awaited. */
  reserve(request: ProxiedRequest): boolean {
    if (this.cancelled || this.used + this.reserved >= this.times || !matches(this.match, request)) return false;
    this.reserved += 1;
    return true;
  }

  /** The connection was lost in another way first. */
  giveBack(): void {
    this.reserved -= 1;
  }

  use(): void {
    this.reserved -= 1;
    this.used += 1;
    if (this.used === this.times) this.resolve();
  }
}

function matches(match: RequestMatch, request: ProxiedRequest): boolean {
  if (typeof match === 'function') return match(request);
  const text = request.bytes.toString('latin1').toLowerCase();
  const needles = typeof match === 'string' ? [match] : match;
  return needles.every((needle) => text.includes(Buffer.from(needle).toString('latin1').toLowerCase()));
}
