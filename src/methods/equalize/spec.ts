import type { MethodSpec } from '../types.ts';
import { type EqualizeOptions, equalizeSchema } from './options.ts';

export const equalizeSpec: MethodSpec<EqualizeOptions> = { name: 'equalize', schema: equalizeSchema };
