import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';

/** Where the shop's data lie, and where its jobs write: `SHOP_OUTPUTS`, or `outputs/` beside the data. */
@Injectable()
export class Folders implements OnModuleInit {
  readonly data = resolve(__dirname, '../../data');
  readonly outputs: string;

  constructor(config: ConfigService) {
    this.outputs = resolve(config.get<string>('SHOP_OUTPUTS') ?? join(this.data, '../outputs'));
  }

  get images(): string {
    return join(this.data, 'images');
  }

  get mail(): string {
    return join(this.outputs, 'mail');
  }

  get thumbnails(): string {
    return join(this.outputs, 'thumbnails');
  }

  get reports(): string {
    return join(this.outputs, 'reports');
  }

  get orders(): string {
    return join(this.outputs, 'orders');
  }

  onModuleInit(): Promise<void> {
    return this.create();
  }

  /** Makes the folders that jobs write to. */
  async create(): Promise<void> {
    await Promise.all(
      [this.mail, this.thumbnails, this.reports, this.orders].map((folder) => mkdir(folder, { recursive: true })),
    );
  }

  /** Removes what earlier runs have written. */
  async empty(): Promise<void> {
    await Promise.all(
      [this.mail, this.thumbnails, this.reports].map((folder) => rm(folder, { recursive: true, force: true })),
    );
    await this.create();
  }
}
