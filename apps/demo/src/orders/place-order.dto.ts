import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsBoolean,
  IsEmail,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

export class BuyerDto {
  @IsString()
  @IsNotEmpty()
  name!: string;

  @IsEmail()
  email!: string;
}

export class OrderItemDto {
  /** A product's id, such as `teapot`. */
  @IsString()
  product!: string;

  @IsInt()
  @Min(1)
  @Max(100)
  quantity!: number;
}

/** The body of `POST /orders`. */
export class PlaceOrderDto {
  @ValidateNested()
  @Type(() => BuyerDto)
  customer!: BuyerDto;

  @ValidateNested({ each: true })
  @Type(() => OrderItemDto)
  @ArrayNotEmpty()
  items!: OrderItemDto[];

  /** One that is not paid is reminded of. */
  @IsOptional()
  @IsBoolean()
  paid?: boolean;
}
