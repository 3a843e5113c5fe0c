import { join } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { readCsv } from './csv.js';
import { Folders } from './folders.js';

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly priceCents: number;
  /** File name of its picture. */
  readonly image: string;
}

export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** What the shop sells, and to whom: read from `data/` once, at boot. */
@Injectable()
export class Catalogue implements OnModuleInit {
  private readonly productsById = new Map<string, Product>();
  private readonly customersById = new Map<string, Customer>();

  constructor(private readonly folders: Folders) {}

  async onModuleInit(): Promise<void> {
    for (const { id = '', name = '', price_cents, image = '' } of await this.read('products')) {
      this.productsById.set(id, { id, name, priceCents: Number(price_cents), image });
    }
    for (const { id = '', name = '', email = '' } of await this.read('customers')) {
      this.customersById.set(id, { id, name, email });
    }
  }

  get products(): readonly Product[] {
    return [...this.productsById.values()];
  }

  get customers(): readonly Customer[] {
    return [...this.customersById.values()];
  }

  product(id: string): Product | undefined {
    return this.productsById.get(id);
  }

  customer(id: string): Customer | undefined {
    return this.customersById.get(id);
  }

  private read(name: string): ReturnType<typeof readCsv> {
    return readCsv(join(this.folders.data, `${name}.csv`));
  }
}
