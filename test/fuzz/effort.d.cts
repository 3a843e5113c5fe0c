export const LEAST_INPUTS: number;
export const SEED_VARIABLE: string;
export const COUNTS_EXTENSION: string;
