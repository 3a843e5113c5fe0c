import { Global, Module } from '@nestjs/common';
import { Catalogue } from './catalogue.js';
import { Folders } from './folders.js';

/** What every part of the shop needs. */
@Global()
@Module({ providers: [Catalogue, Folders], exports: [Catalogue, Folders] })
export class ShopModule {}
