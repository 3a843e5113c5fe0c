import { join } from 'node:path';
import { type Handler, type JobContext, JobHandler, Schedule } from 'nestjs-jobs';
import { formatCents, type Order } from '../orders/order.js';
import { OrderBook } from '../orders/order-book.js';
import { csvLine } from '../shop/csv.js';
import { Folders } from '../shop/folders.js';
import { writeWhole } from '../shop/write-whole.js';
import { ExportOrdersPayload } from './export-orders.payload.js';

export interface ExportedOrders {
  readonly file: string;
  readonly rows: number;
}

const ROWS_A_REPORT = 25;

/** Writes orders to a CSV file, and says how far it is: when it is asked to, and every night. */
@JobHandler('export-orders', { payload: ExportOrdersPayload, queue: 'reports', timeout: '2m', priority: 'low' })
@Schedule('0 3 * * *', { timezone: 'Europe/Berlin', payload: {} })
export class ExportOrders implements Handler<ExportOrdersPayload, ExportedOrders> {
  constructor(
    private readonly book: OrderBook,
    private readonly folders: Folders,
  ) {}

  async handle({ month }: ExportOrdersPayload, job: JobContext): Promise<ExportedOrders> {
    const orders = (await this.book.all()).filter(({ date }) => month === undefined || date.startsWith(month));
    const file = join(this.folders.reports, `orders-${month ?? 'all'}.csv`);
    await writeWhole(file, this.rows(orders, job), { signal: job.signal });
    job.log(`${orders.length} orders written to ${file}`);
    return { file, rows: orders.length };
  }

  private async *rows(orders: readonly Order[], job: JobContext): AsyncGenerator<string> {
    yield csvLine(['order', 'date', 'customer', 'email', 'product', 'quantity', 'total', 'paid']);
    for (const [index, { id, date, customer, lines, paid }] of orders.entries()) {
      for (const { product, quantity, priceCents } of lines) {
        const total = formatCents(priceCents * quantity);
        yield csvLine([id, date, customer.name, customer.email, product, quantity, total, paid ? 'yes' : 'no']);
      }
      if ((index + 1) % ROWS_A_REPORT === 0 || index + 1 === orders.length) {
        job.progress({ done: index + 1, of: orders.length });
      }
    }
  }
}
