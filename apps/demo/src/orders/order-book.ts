import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Catalogue } from '../shop/catalogue.js';
import { readCsv } from '../shop/csv.js';
import { Folders } from '../shop/folders.js';
import type { Order, OrderLine } from './order.js';

/**
 * The shop's orders: those of `data/orders.csv`, and one file for each that is placed. It stands in for a database,
 * which a server and its workers would share in the same way.
 */
@Injectable()
export class OrderBook {
  private fromFile: Promise<readonly Order[]> | undefined;

  constructor(
    private readonly folders: Folders,
    private readonly catalogue: Catalogue,
  ) {}

  async all(): Promise<readonly Order[]> {
    return [...(await this.old()), ...(await this.placed())];
  }

  /** The orders of `data/orders.csv`. */
  old(): Promise<readonly Order[]> {
    this.fromFile ??= this.read();
    return this.fromFile;
  }

  async find(id: string): Promise<Order | undefined> {
    return (await this.all()).find((order) => order.id === id);
  }

  async add(order: Order): Promise<void> {
    const file = join(this.folders.orders, `${order.id}.json`);
    await mkdir(this.folders.orders, { recursive: true });
    await writeFile(`${file}.part`, JSON.stringify(order, undefined, 2));
    await rename(`${file}.part`, file);
  }

  private async placed(): Promise<readonly Order[]> {
    const files = await readdir(this.folders.orders).catch(() => []);
    return Promise.all(
      files
        .filter((file) => file.endsWith('.json'))
        .map(async (file) => JSON.parse(await readFile(join(this.folders.orders, file), 'utf8')) as Order),
    );
  }

  private async read(): Promise<readonly Order[]> {
    const rows = await readCsv(join(this.folders.data, 'orders.csv'));
    return rows.map(({ id = '', customer = '', date = '', items = '', paid }) => {
      const { name, email } = this.catalogue.customer(customer) ?? { name: customer, email: '' };
      return { id, date, customer: { name, email }, lines: this.lines(items), paid: paid === 'yes' };
    });
  }

  private lines(items: string): readonly OrderLine[] {
    return items.split(' ').map((item) => {
      const [product = '', quantity] = item.split(':');
      return { product, quantity: Number(quantity), priceCents: this.catalogue.product(product)?.priceCents ?? 0 };
    });
  }
}
