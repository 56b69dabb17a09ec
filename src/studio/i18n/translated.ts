/**
 * The shape a translation must have: the keys of the English text, no more and no fewer. Chinese has one plural form, so keys that
 * end in `_one` are English's alone.
 */
export type Translated<T> = {
  [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : Translated<T[K]>;
};
