/** An order as the shop keeps it: prices are those of the day it was placed. */
export interface Order {
  readonly id: string;
  /** Year-month-day. */
  readonly date: string;
  readonly customer: { readonly name: string; readonly email: string };
  readonly lines: readonly OrderLine[];
  readonly paid: boolean;
}

export interface OrderLine {
  readonly product: string;
  readonly quantity: number;
  readonly priceCents: number;
}

/** What its lines come to, in cents. */
export function orderTotal({ lines }: Order): number {
  return lines.reduce((total, { quantity, priceCents }) => total + quantity * priceCents, 0);
}

/** `5900` as `59.00`. */
export function formatCents(cents: number): string {
  return (cents / 100).toFixed(2);
}
