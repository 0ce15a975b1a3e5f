/** Shapes of JSON: the type of what a file holds and the check of it are one thing. */

/** Reads a value of unknown origin; what it returns holds the fields that it names and no other. */
export interface Shape<T> {
  /** @throws RangeError that names `where` it is wrong */
  readonly read: (value: unknown, where: string) => T;
  /** A field of it may be missing: it is read as null. */
  readonly isAdded?: true;
}

export type Shaped<S> = S extends Shape<infer T> ? T : never;

type Fields = Readonly<Record<string, Shape<unknown>>>;

function wrong(where: string, wanted: string): never {
  throw new RangeError(`${where === '' ? 'it' : where} is not ${wanted}`);
}

function scalar<T>(wanted: string, isOne: (value: unknown) => value is T): Shape<T> {
  return { read: (value, where) => (isOne(value) ? value : wrong(where, wanted)) };
}

export const text: Shape<string> = scalar('a text', (value) => typeof value === 'string');

export const flag: Shape<boolean> = scalar('true or false', (value) => typeof value === 'boolean');

export const number: Shape<number> = scalar('a number', (value): value is number =>
  Number.isFinite(value),
);

export function oneOf<T extends string>(...values: readonly T[]): Shape<T> {
  return scalar(`one of ${values.join(', ')}`, (value): value is T =>
    (values as readonly unknown[]).includes(value),
  );
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return { read: (value, where) => (value === null ? null : shape.read(value, where)) };
}

/** Null in a file of before there was such a field. */
export function added<T>(shape: Shape<T>): Shape<T | null> {
  return { ...nullable(shape), isAdded: true };
}

export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return {
    read: (value, where) =>
      Array.isArray(value)
        ? value.map((one, at) => shape.read(one, `${where}[${at}]`))
        : wrong(where, 'a list'),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const under = (where: string, name: string): string => (where === '' ? name : `${where}.${name}`);

/** Any names, one shape. */
export function record<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    read: (value, where) => {
      if (!isObject(value)) return wrong(where, 'an object');
      const fields = Object.entries(value);
      return Object.fromEntries(
        fields.map(([name, one]) => [name, shape.read(one, under(where, name))]),
      );
    },
  };
}

export function object<F extends Fields>(
  fields: F,
): Shape<{ readonly [K in keyof F]: Shaped<F[K]> }> {
  return {
    read: (value, where) => {
      if (!isObject(value)) return wrong(where, 'an object');
      const read = Object.entries(fields).map(([name, shape]) => {
        const isThere = Object.hasOwn(value, name);
        if (!isThere && shape.isAdded !== true)
          throw new RangeError(`${under(where, name)} is missing`);
        return [name, shape.read(isThere ? value[name] : null, under(where, name))] as const;
      });
      return Object.fromEntries(read) as { readonly [K in keyof F]: Shaped<F[K]> };
    },
  };
}
