/**
 * Makes job ids: UUIDv7 (RFC 9562 §5.7), up to 256 of which share all but their last byte.
 *
 * A run of ids with one head is what lets a store keep their jobs together in one bucket. The head is drawn anew, with
 * 66 random bits, after 256 ids or a second, so ids stay unique between processes and in order of time to a second.
 */
export class JobIdSource {
  private head = '';
  private used = IDS_A_HEAD;
  private drawnAt = 0;

  constructor(private readonly now: () => number = Date.now) {}

  next(): string {
    const now = this.now();
    if (this.used === IDS_A_HEAD || now - this.drawnAt >= HEAD_LIFETIME || now < this.drawnAt) {
      this.draw(now);
    }
    return this.head + (HEX[this.used++] as string);
  }

  private draw(now: number): void {
    const bytes = crypto.getRandomValues(new Uint8Array(15));
    for (let index = 5, rest = now; index >= 0; index--, rest = Math.floor(rest / 256)) {
      bytes[index] = rest % 256;
    }
    bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
    bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
    const hex = Array.from(bytes, (byte) => HEX[byte]).join('');
    this.head = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    this.used = 0;
    this.drawnAt = now;
  }
}

const IDS_A_HEAD = 256;
const HEAD_LIFETIME = 1_000;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
