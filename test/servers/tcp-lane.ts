import type { Socket } from 'node:net';

interface Parcel {
  readonly bytes: Buffer;
  readonly due: number;
}

/** How one direction of a proxy treats bytes at the moment. */
export interface LaneWeather {
  /** Keep everything until this is false again. */
  readonly held: boolean;
  /** Milliseconds that bytes spend on their way. */
  readonly delay: number;
}

/** One direction of one connection: passes bytes on in order, at once, later, or when they are no longer held back. */
export class TcpLane {
  private parcels: Parcel[] = [];
  private timer: NodeJS.Timeout | undefined;
  private finishing = false;

  constructor(
    private readonly destination: Socket,
    private readonly weather: () => LaneWeather,
  ) {}

  send(bytes: Buffer): void {
    this.parcels.push({ bytes, due: Date.now() + this.weather().delay });
    this.pump();
  }

  /** Passes on what is due; to be called when the weather has changed. */
  pump(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.weather().held) return;
    for (let parcel = this.parcels[0]; parcel !== undefined; parcel = this.parcels[0]) {
      const wait = parcel.due - Date.now();
      if (wait > 0) {
        this.timer = setTimeout(() => this.pump(), wait);
        return;
      }
      this.parcels.shift();
      this.pass(parcel.bytes);
    }
    if (this.finishing) this.destination.destroySoon();
  }

  /** Closes the destination once everything sent so far has been passed on. */
  finish(): void {
    this.finishing = true;
    this.pump();
  }

  /** Passes on what is only delayed, drops what is held, and closes the destination. */
  cut(): void {
    clearTimeout(this.timer);
    if (!this.weather().held) for (const { bytes } of this.parcels) this.pass(bytes);
    this.parcels = [];
    this.destination.destroySoon();
  }

  /** Drops everything. */
  drop(): void {
    clearTimeout(this.timer);
    this.parcels = [];
    this.destination.destroy();
  }

  private pass(bytes: Buffer): void {
    if (this.destination.writable) this.destination.write(bytes);
  }
}
